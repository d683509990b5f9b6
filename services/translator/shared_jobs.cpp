#include "translator/shared_jobs.h"

#include <algorithm>
#include <utility>

#include "translator/coinbase_witness.h"

namespace translator {
namespace {

std::shared_ptr<const JobParts> as_hashed(const std::shared_ptr<const JobParts>& parts) {
    auto coinbase = without_witness(parts->coinbase_prefix, parts->coinbase_suffix);
    if (!coinbase) return parts;
    auto stripped = std::make_shared<JobParts>(*parts);
    stripped->coinbase_prefix = std::move(coinbase->prefix);
    stripped->coinbase_suffix = std::move(coinbase->suffix);
    return stripped;
}

}  // namespace

std::shared_ptr<const SharedJob> SharedJobs::share(const std::shared_ptr<const JobParts>& parts,
                                                   const std::shared_ptr<const Tip>& tip) {
    const Key key{parts.get(), tip.get()};
    if (const auto known = jobs_.find(key); known != jobs_.end())
        if (auto job = known->second.lock()) return job;
    if (jobs_.size() >= forget_at_) forget_unused();
    // Not in one allocation with its count: the memory goes when the last miner has let go of it,
    // not when this table has.
    const auto hashed = as_hashed(parts);
    const std::shared_ptr<const SharedJob> job{
        new SharedJob{.parts = hashed,
                      .tip = tip,
                      .given = parts,
                      .begun = bitcoin::Sha256{}.update(hashed->coinbase_prefix)}};
    jobs_.insert_or_assign(key, job);
    return job;
}

void SharedJobs::forget_unused() {
    boost::unordered::erase_if(jobs_, [](const auto& entry) { return entry.second.expired(); });
    // Twice what is in use, so that looking through the table costs little per job.
    forget_at_ = std::max<std::size_t>(16, jobs_.size() * 2);
}

}  // namespace translator
