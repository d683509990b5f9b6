#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "bitcoin/target.h"
#include "mining/custom_job_id.h"
#include "mining/extranonce.h"
#include "mining/ids.h"

namespace mining {

enum class ChannelKind { standard, extended };

/// What the gateway knew of the job when it read the share.
enum class JobState {
    active,
    past,    ///< a newer job of the same tip is active; its shares count
    stale,   ///< the tip has changed since
    closed,  ///< the channel was closed since; only a block in it matters
};

/// What a share is judged by, as of sending (prefix) and of activation (target). All else follows
/// from the template and the outputs that it names.
struct JobRecord {
    ChannelKey channel{};
    ChannelKind kind{};
    std::uint32_t job_id{};
    /// Of a custom job: the template that has the same transactions, or 0.
    TemplateRef template_ref{};
    CustomJobId custom_job{};
    Variant variant{};
    OutputsId outputs_id{};
    std::uint8_t extranonce_size{};  ///< rolled by the miner, in bytes; 0 for standard channels
    Extranonce extranonce_prefix{};  ///< 1 to 32 bytes together with the rolled ones
    bitcoin::Target target{};
    /// Of a job that a SetNewPrevHash activated: what the channel has been eased to since. Read
    /// literally, SetTarget applies to such a job too, so a share that meets this one counts, for
    /// this one (reference 8.46).
    std::optional<bitcoin::Target> eased_target{};
    bool version_rolling_allowed{};
    friend bool operator==(const JobRecord&, const JobRecord&) = default;

    constexpr std::size_t full_extranonce_size() const {
        return extranonce_prefix.size() + extranonce_size;
    }
};

/// A share as submitted (Sv2 5.3.11, 5.3.12) and as stamped at receipt.
struct SubmittedShare {
    std::uint32_t sequence_number{};
    std::uint32_t nonce{};
    std::uint32_t ntime{};
    std::uint32_t version{};
    Extranonce extranonce{};  ///< the rolled part; empty on standard channels
    JobState state{};
    base::UnixMicros received_at{};
    friend bool operator==(const SubmittedShare&, const SubmittedShare&) = default;
};

/// Why a share does not count. The gateway itself finds the first and the third, the ledger the
/// last.
enum class ShareError {
    invalid_channel_id,
    stale_share,
    invalid_job_id,
    bad_extranonce_size,
    invalid_share,  ///< ntime out of range, or the coinbase cannot be built
    version_rolling_not_allowed,
    invalid_non_rollable_version_bit,
    difficulty_too_low,
    duplicate_share,
};

/// Every reason, in the order of their values: for tables, such as one counter for each.
inline constexpr std::array share_errors{
    ShareError::invalid_channel_id,
    ShareError::stale_share,
    ShareError::invalid_job_id,
    ShareError::bad_extranonce_size,
    ShareError::invalid_share,
    ShareError::version_rolling_not_allowed,
    ShareError::invalid_non_rollable_version_bit,
    ShareError::difficulty_too_low,
    ShareError::duplicate_share,
};

/// As SubmitShares.Error says it: "stale-share" (Sv2 5.3.14).
std::string_view error_code(ShareError error);

}  // namespace mining
