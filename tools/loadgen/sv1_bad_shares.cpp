#include <algorithm>
#include <utility>

#include "loadgen/sv1_miner.h"

/// The shares of an Sv1Miner that a pool has to refuse; the rest of it is in sv1_miner.cpp.
namespace loadgen {
namespace {

constexpr std::uint32_t too_far_ahead_s = 3 * 3600;
// No pool has sent such a job.
constexpr const char* unknown_job = "7fff0000";
// A share that takes more is not found: no machine has them.
constexpr std::uint64_t hashes_a_share_max = 1 << 22;

}  // namespace

bool Sv1Miner::is_possible(Intent intent) const {
    switch (intent) {
        case Intent::honest: return false;
        case Intent::duplicate: return last_.has_value();
        case Intent::stale_job: return stale_job_.has_value();
        case Intent::wrong_worker:
        case Intent::low_difficulty:
        case Intent::bad_job_id:
        case Intent::bad_version:
        case Intent::bad_ntime: return true;
    }
    return false;
}

std::optional<FoundShare> Sv1Miner::find_bad(Intent intent, base::SteadyTime now) {
    if (!is_possible(intent)) return std::nullopt;
    if (intent == Intent::duplicate) return last_;
    const auto& job = intent == Intent::stale_job ? *stale_job_ : *job_;
    const auto ntime = intent == Intent::stale_job ? job.ntime : ntime_at(now);
    const auto version = intent == Intent::stale_job ? job.version : version_now();
    ShareSearch search;
    if (plan_.avoids_blocks) search.avoid_blocks();
    search.begin(job, extranonce2_of(extranonce2_++, job.extranonce2_size),
                 ntime + (intent == Intent::bad_ntime ? too_far_ahead_s : 0U),
                 version ^ (intent == Intent::bad_version ? fixed_version_bit : 0U));
    if (intent == Intent::low_difficulty) return take_hashes(search.search_miss()).found;
    return take_hashes(search.search(std::min(context_.hashes.left(now), hashes_a_share_max)))
        .found;
}

std::string Sv1Miner::job_id_of(Intent intent) const {
    if (intent == Intent::bad_job_id) return unknown_job;
    return intent == Intent::stale_job ? stale_job_->id : job_->id;
}

void Sv1Miner::journal_share(std::uint64_t id, const FoundShare& share, Intent intent) {
    if (!context_.journal.is_writing()) return;
    const bool is_stale = intent == Intent::stale_job;
    const auto& job = is_stale ? *stale_job_ : *job_;
    if (intent == Intent::bad_job_id) {
        auto unknown = job;
        unknown.id = unknown_job;
        context_.journal.job(connection_, unknown);
        return context_.journal.share(connection_, id, unknown, share);
    }
    if (!std::exchange(is_stale ? is_stale_written_ : is_job_written_, true))
        context_.journal.job(connection_, job);
    context_.journal.share(connection_, id, job, share);
}

}  // namespace loadgen
