#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "bitcoin/target.h"
#include "mining/ids.h"

namespace mining {

/// Up to 32 bytes of extranonce, inline: nothing is allocated for a share.
class Extranonce {
  public:
    static constexpr std::size_t size_max = 32;

    constexpr Extranonce() = default;
    /// Nothing for more than 32 bytes.
    static std::optional<Extranonce> from(base::ByteView bytes) {
        if (bytes.size() > size_max) return std::nullopt;
        Extranonce extranonce;
        std::copy(bytes.begin(), bytes.end(), extranonce.bytes_.begin());
        extranonce.size_ = static_cast<std::uint8_t>(bytes.size());
        return extranonce;
    }
    base::ByteView view() const { return {bytes_.data(), size_}; }
    std::size_t size() const { return size_; }
    friend bool operator==(const Extranonce&, const Extranonce&) = default;

  private:
    std::array<std::byte, size_max> bytes_{};
    std::uint8_t size_{};
};

enum class ChannelKind : std::uint8_t { standard, extended };

/// A job as one channel holds it: all that a share is judged by, next to its template.
struct JobRecord {
    ChannelKey channel{};
    ChannelKind kind{};
    JobId job_id{};
    TemplateRef template_ref{};
    Variant variant{};
    OutputsId outputs{};
    /// As of when the job was sent.
    Extranonce extranonce_prefix{};
    /// Rolled bytes; 0 for standard channels.
    std::uint8_t extranonce_size{};
    /// As of when the job became active.
    bitcoin::Target target{};
    bool version_rolling_allowed{true};
    friend bool operator==(const JobRecord&, const JobRecord&) = default;
};

/// What the job was when the share was read from the socket (Sv2 5.3.17; reference 4.8).
enum class JobState : std::uint8_t {
    active,
    past,    ///< superseded under the same tip: still good
    stale,   ///< of an earlier tip
    closed,  ///< of a channel that was closed: nobody waits for an answer, but it may be a block
};

/// A share as submitted, stamped at receipt.
struct SubmittedShare {
    std::uint32_t sequence_number{};
    std::uint32_t nonce{};
    std::uint32_t ntime{};
    std::uint32_t version{};
    /// Rolled bytes only; empty for standard channels.
    Extranonce extranonce{};
    JobState state{};
    base::UnixMicros received_at{};
    friend bool operator==(const SubmittedShare&, const SubmittedShare&) = default;
};

/// Why a share is refused. The first the ledger finds, the second and third a gateway.
enum class ShareError : std::uint8_t {
    duplicate_share,
    invalid_channel_id,
    invalid_job_id,
    stale_share,
    bad_extranonce_size,
    invalid_share,
    version_rolling_not_allowed,
    invalid_non_rollable_version_bit,
    difficulty_too_low,
};

/// The string that peers know (reference 3.4, SubmitShares.Error).
std::string_view error_code(ShareError error);

}  // namespace mining
