#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "bitcoin/uint256.h"

/// What the two ends of an SV1 connection ask of each other: one struct a method, named after it.
/// Texts and spans borrow from the parser and last until its next line.
namespace sv1 {

inline constexpr std::size_t text_size_max = 255;  ///< of user, worker, password, agent and host
inline constexpr std::size_t extranonce_size_max = 32;
inline constexpr std::size_t extensions_max = 16;  ///< of `mining.configure`; BIP 310 has four
inline constexpr std::size_t branches_max = 32;    ///< of `mining.notify`: 2^32 transactions

/// Bytes of an extranonce, or of the part of it that one end rolls.
struct ExtranonceBytes {
    std::array<std::byte, extranonce_size_max> bytes{};
    std::size_t size{};

    base::ByteView view() const { return base::ByteView{bytes}.first(size); }
    friend bool operator==(const ExtranonceBytes&, const ExtranonceBytes&) = default;
};

// From the miner.

/// `mining.configure` (BIP 310).
struct Configure {
    std::span<const std::string_view> extensions{};  ///< as listed, the unknown ones too
    std::optional<std::uint32_t> version_rolling_mask{};
    std::optional<std::uint32_t> version_rolling_min_bit_count{};
    std::optional<double> minimum_difficulty{};

    bool lists(std::string_view extension) const;
};
inline constexpr std::string_view version_rolling = "version-rolling";
inline constexpr std::string_view minimum_difficulty = "minimum-difficulty";
inline constexpr std::string_view subscribe_extranonce = "subscribe-extranonce";

/// `mining.subscribe`; anything may be missing.
struct Subscribe {
    std::string_view user_agent{};
    std::optional<std::string_view> session_id{};  ///< of the session that it wants back
};

/// `mining.authorize`.
struct Authorize {
    std::string_view user{};
    std::string_view password{};
};

/// `mining.submit`.
struct Submit {
    std::string_view worker{};
    std::string_view job_id{};  ///< what it should be, parse_job_id() knows
    ExtranonceBytes extranonce2{};
    std::uint32_t ntime{};
    std::uint32_t nonce{};
    std::optional<std::uint32_t> version_bits{};
};

struct SuggestDifficulty {
    double difficulty{};  ///< finite, above zero
};
struct SuggestTarget {
    bitcoin::Uint256 target{};
};
struct ExtranonceSubscribe {};
struct GetTransactions {};
/// Antminers': how many versions a job should come in.
struct MultiVersion {
    std::uint32_t count{};
};

// From either end.

struct Ping {};

// From the pool.

struct SetDifficulty {
    double difficulty{};  ///< finite, above zero
};

/// `mining.notify`.
struct Notify {
    std::string_view job_id{};
    bitcoin::Uint256 prev_hash{};  ///< as in the header
    base::ByteView coinbase1{};
    base::ByteView coinbase2{};
    std::span<const bitcoin::Uint256> merkle_branch{};
    std::uint32_t version{};
    std::uint32_t nbits{};
    std::uint32_t ntime{};
    bool clean_jobs{};
};

struct SetExtranonce {
    ExtranonceBytes extranonce1{};
    std::uint32_t extranonce2_size{};
};
struct SetVersionMask {
    std::uint32_t mask{};
};
/// `client.reconnect`: to another place, or to the same one where nothing is said.
struct Reconnect {
    std::string_view host{};
    std::uint16_t port{};
    std::uint32_t wait_s{};
};
struct GetVersion {};
struct ShowMessage {
    std::string_view text{};
};

using Call =
    std::variant<Configure, Subscribe, Authorize, Submit, SuggestDifficulty, SuggestTarget,
                 ExtranonceSubscribe, GetTransactions, MultiVersion, Ping, SetDifficulty, Notify,
                 SetExtranonce, SetVersionMask, Reconnect, GetVersion, ShowMessage>;

/// Why the parameters of a request say nothing. Only the first is answered differently; the others
/// are there for the text of the answer and for the log.
enum class CallError {
    unknown_method,
    parameter_missing,
    parameters_not_a_list,
    text_expected,
    text_too_long,
    bad_difficulty,
    bad_target,
    bad_mask,
    bad_extranonce,
    bad_ntime,
    bad_nonce,
    bad_version_bits,
    bad_hash,
    bad_number,
    too_many_entries,
};

/// For the other end: "ntime is not a hexadecimal number of at most 8 digits".
std::string_view error_text(CallError error);

}  // namespace sv1
