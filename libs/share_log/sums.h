#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "bitcoin/difficulty.h"
#include "mining/share.h"
#include "share_log/record.h"

namespace share_log {

/// What somebody's shares add up to.
struct Sums {
    std::uint64_t accepted = 0;
    bitcoin::DifficultySum credited{};
    /// By mining::ShareError.
    std::array<std::uint64_t, mining::share_errors.size()> rejected{};
    std::uint64_t blocks = 0;
    /// When a gateway read the latest share, good or bad; 1970 for none.
    base::UnixMicros last_share_at{};

    friend bool operator==(const Sums&, const Sums&) = default;
    Sums& operator+=(const Sums& more);
    std::uint64_t rejected_shares() const;
};

/// As Redis keeps them: decimal numbers between spaces, in the order accepted, credited (bits 64 to
/// 127, then 0 to 63, in units of 2^-32), blocks, last share in microseconds, and how many were
/// rejected for each reason in the order of mining::share_errors.
std::string encode_sums(const Sums& sums);
std::optional<Sums> decode_sums(std::string_view text);

/// Whose share it is: "alice" and "rig1" for the user_identity "alice.rig1". The worker that a
/// share itself names goes before the one in the identity.
struct Miner {
    std::string identity{};
    std::string worker{};
};
Miner miner_of(std::string_view user_identity, std::string_view worker_of_share);

/// The names under which sums are kept: "i:alice", "w:alice.rig1".
std::string identity_name(const Miner& miner);
std::string worker_name(const Miner& miner);
/// Where those go for whom there is no room: strangers choose names, and Redis is not endless.
inline constexpr std::string_view other_identities = "i:";
inline constexpr std::string_view other_workers = "w:";

/// What some records add to the sums.
struct Additions {
    std::map<std::string, Sums> names{};
    std::map<mining::ChannelKey, Sums> channels{};
};
void add(Additions& additions, const Record& record);

}  // namespace share_log
