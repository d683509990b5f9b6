#include "mining/share.h"

namespace mining {

std::string_view error_code(ShareError error) {
    switch (error) {
        case ShareError::invalid_channel_id: return "invalid-channel-id";
        case ShareError::stale_share: return "stale-share";
        case ShareError::invalid_job_id: return "invalid-job-id";
        case ShareError::bad_extranonce_size: return "bad-extranonce-size";
        case ShareError::invalid_share: return "invalid-share";
        case ShareError::version_rolling_not_allowed: return "version-rolling-not-allowed";
        case ShareError::invalid_non_rollable_version_bit:
            return "invalid-non-rollable-version-bit";
        case ShareError::difficulty_too_low: return "difficulty-too-low";
        case ShareError::duplicate_share: return "duplicate-share";
    }
    return "invalid-share";
}

}  // namespace mining
