#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace translator {

/// Why a share was refused, as a miner was told and as metrics say.
enum class ShareReason {
    malformed,       ///< its parameters say nothing
    not_subscribed,  ///< before `mining.subscribe` was answered
    unauthorized,    ///< a worker that has not been authorized here
    unknown_job,     ///< a job that there never was
    stale,           ///< a job of before the last clean one, or one too many jobs ago
    no_pool,         ///< no pool is connected that could credit it
    duplicate,
    low,
    extranonce2,  ///< of the wrong size
    ntime,        ///< out of consensus' range
    version,      ///< bits missing, not agreed, or outside the mask
    rejected,     ///< by the pool, for another reason
};
inline constexpr std::array share_reasons{
    ShareReason::malformed,    ShareReason::not_subscribed,
    ShareReason::unauthorized, ShareReason::unknown_job,
    ShareReason::stale,        ShareReason::no_pool,
    ShareReason::duplicate,    ShareReason::low,
    ShareReason::extranonce2,  ShareReason::ntime,
    ShareReason::version,      ShareReason::rejected,
};
/// "not-subscribed".
std::string_view to_text(ShareReason reason);

/// One miner as an operator sees it.
struct MinerStatus {
    /// Who it has authorized as, in that order.
    std::vector<std::string> workers{};
    std::string agent{};          ///< its own words, 64 bytes at most
    std::string_view firmware{};  ///< what that is: "Bitaxe", "other"
    std::string session{};        ///< as `mining.subscribe` told it; empty before
    bool is_subscribed{};
    bool has_job{};
    double difficulty{};     ///< of its last job; 0 before
    double hash_rate_hps{};  ///< by its shares of the last ten minutes, the latest counting most
    std::uint64_t accepted{};
    std::array<std::uint64_t, share_reasons.size()> rejected{};  ///< by ShareReason
    std::uint64_t short_of_pool{};  ///< of the accepted: met the told difficulty, not the pool's
    std::uint64_t disagreed{};      ///< of the accepted: the pool refused them later
    std::optional<base::SteadyTime> last_share{};  ///< that was accepted
    base::SteadyTime since{};                      ///< of the connection

    std::uint64_t rejected_total() const {
        std::uint64_t total = 0;
        for (const auto count : rejected) total += count;
        return total;
    }
};

}  // namespace translator
