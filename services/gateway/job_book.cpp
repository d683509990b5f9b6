#include "gateway/job_book.h"

#include <utility>

#include "base/prefetch.h"

namespace gateway {
namespace {

std::size_t bytes_of(const mining::CustomJob& job) {
    return sizeof(CustomWork) + job.coinbase_prefix.size() + job.coinbase_tx_outputs.size() +
           job.merkle_path.size() * sizeof(bitcoin::Uint256);
}

}  // namespace

SentJob& JobBook::add(SentJob job) {
    job.id = {static_cast<std::uint32_t>(first_id_ + jobs_.size())};
    jobs_.push_back(std::move(job));
    return jobs_.back();
}

SentJob& JobBook::add(SentJob job, mining::CustomJob custom) {
    job.is_custom = true;
    auto& added = add(std::move(job));
    custom_bytes_ += bytes_of(custom);
    const auto id = mining::custom_job_id(custom);
    custom_.emplace(added.id.value, CustomWork{std::move(custom), id});
    return added;
}

const CustomWork* JobBook::custom(const SentJob& job) const {
    return job.is_custom ? &custom_.at(job.id.value) : nullptr;
}

const SentJob* JobBook::find(sv2::JobId id) const {
    const auto place = static_cast<std::uint32_t>(id.value - first_id_);
    return place < jobs_.size() ? &jobs_[place] : nullptr;
}

Moment JobBook::start_tip(Moment now) {
    for (auto& job : jobs_) job.state = SentJob::State::stale;
    const auto forgotten = previous_tip_ends_;
    jobs_.erase(jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(forgotten));
    first_id_ += static_cast<std::uint32_t>(forgotten);
    while (!custom_.empty() && custom_.begin()->first < first_id_) {
        custom_bytes_ -= bytes_of(custom_.begin()->second.job);
        custom_.erase(custom_.begin());
    }
    previous_tip_ends_ = current_tip_begins_ - forgotten;
    current_tip_begins_ = jobs_.size();
    return jobs_.empty() ? now : jobs_.front().sent_at;
}

void JobBook::prefetch() const {
    if (jobs_.empty()) return;
    base::prefetch(jobs_.front());
    base::prefetch(jobs_.back());
}

}  // namespace gateway
