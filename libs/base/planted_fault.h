#pragma once

namespace base {

/// Faults that are known to have cost pools their miners' work, each planted at one place of ours
/// behind `if (is_planted(...))`. They are there so that the simulation can be shown to find such
/// faults: for each there is a `pool_simulation_NAME`, which must fail (tests/simulation). Nothing
/// that is shipped has one: the build defines ADIT_PLANTED_FAULT for those programs' own object of
/// that one source file alone, and everywhere else the branch is gone before code is made.
enum class Fault {
    lost_wakeup,                 // bus/dispatcher.cpp
    double_credit_after_resend,  // channel-manager/worker.cpp
    prefix_reuse,                // gateway/session_channels.cpp
    dropped_tip_change,          // gateway/session_jobs.cpp
    unbounded_queue,             // bus/dispatcher.cpp
    share_sent_twice,            // translator/pool_client_shares.cpp
    answered_alone,              // translator/miner_session_shares.cpp
    index_reuse,                 // translator/extranonce_indices.cpp
    old_jobs_kept,               // translator/miner_channel.cpp
};

// Of internal linkage and never run: two source files of one program may well answer differently.
static consteval bool is_planted([[maybe_unused]] Fault fault) {
#ifdef ADIT_PLANTED_FAULT
    return fault == Fault::ADIT_PLANTED_FAULT;
#else
    return false;
#endif
}

}  // namespace base
