#include "translator/miner_status.h"

namespace translator {

std::string_view to_text(ShareReason reason) {
    switch (reason) {
        case ShareReason::malformed: return "malformed";
        case ShareReason::not_subscribed: return "not-subscribed";
        case ShareReason::unauthorized: return "unauthorized";
        case ShareReason::unknown_job: return "unknown-job";
        case ShareReason::stale: return "stale";
        case ShareReason::no_pool: return "no-pool";
        case ShareReason::duplicate: return "duplicate";
        case ShareReason::low: return "low";
        case ShareReason::extranonce2: return "extranonce2";
        case ShareReason::ntime: return "ntime";
        case ShareReason::version: return "version";
        case ShareReason::rejected: return "rejected";
    }
    return "";
}

}  // namespace translator
