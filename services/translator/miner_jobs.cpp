#include "translator/miner_jobs.h"

#include <algorithm>
#include <utility>

namespace translator {

const MinerJob& MinerJobs::add(MinerJob job) {
    if (jobs_.size() == kept_max) jobs_.erase(jobs_.begin());
    // Never more than is kept: there are ten thousand of these.
    if (jobs_.size() == jobs_.capacity())
        jobs_.reserve(std::min(kept_max, std::max<std::size_t>(4, jobs_.size() * 2)));
    job.id = next_id_++;
    return jobs_.emplace_back(std::move(job));
}

const MinerJob* MinerJobs::find(std::uint32_t id) const {
    // Nearly every share is for the latest.
    const auto job = std::find_if(jobs_.rbegin(), jobs_.rend(),
                                  [&](const MinerJob& kept) { return kept.id == id; });
    return job != jobs_.rend() ? &*job : nullptr;
}

bool MinerJobs::has_ended(std::uint32_t id) const {
    return find(id) == nullptr && id - first_id_ < next_id_ - first_id_;
}

void MinerJobs::grant(std::optional<std::uint32_t> mask) {
    for (auto& job : jobs_) job.mask = mask && !job.shared->parts->may_roll_version ? 0U : mask;
}

bool SeenShares::insert(const bitcoin::BlockHash& hash) {
    // The least significant bytes: those of the other end are zero in every share.
    const auto name = base::load_le<std::uint64_t>(hash.value.as_bytes().data());
    if (std::ranges::find(hashes_, name) != hashes_.end()) return false;
    if (hashes_.size() < kept_max) {
        hashes_.push_back(name);
    } else {
        hashes_[oldest_] = name;
        oldest_ = (oldest_ + 1) % kept_max;
    }
    return true;
}

void SeenShares::clear() {
    hashes_.clear();
    oldest_ = 0;
}

}  // namespace translator
