#include "translator/client_channel.h"

#include <algorithm>

#include "sv2/limits.h"

namespace translator {

void FutureJobs::add(FutureJob job) {
    // The later one of a name is meant.
    std::erase_if(jobs_, [&](const FutureJob& other) { return other.id == job.id; });
    if (jobs_.size() == sv2::limits::future_jobs_per_channel_max) jobs_.erase(jobs_.begin());
    jobs_.push_back(std::move(job));
}

const FutureJob* FutureJobs::find(sv2::JobId id) const {
    const auto found = std::ranges::find(jobs_, id, &FutureJob::id);
    return found == jobs_.end() ? nullptr : &*found;
}

const Prefix& ClientChannel::prefix_at(Moment sent_at) const {
    for (const auto& old : old_prefixes)
        if (sent_at < old.until) return old.prefix;
    return prefix;
}

}  // namespace translator
