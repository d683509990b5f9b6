#include "gateway/job_book.h"

#include <utility>

namespace gateway {

std::size_t SentJob::custom_bytes() const {
    if (!custom) return 0;
    return sizeof *custom + custom->coinbase_prefix.size() + custom->coinbase_tx_outputs.size() +
           custom->merkle_path.size() * sizeof(bitcoin::Uint256);
}

SentJob& JobBook::add(SentJob job) {
    job.id = {static_cast<std::uint32_t>(first_id_ + jobs_.size())};
    custom_bytes_ += job.custom_bytes();
    jobs_.push_back(std::move(job));
    return jobs_.back();
}

const SentJob* JobBook::find(sv2::JobId id) const {
    const auto place = static_cast<std::uint32_t>(id.value - first_id_);
    return place < jobs_.size() ? &jobs_[place] : nullptr;
}

Moment JobBook::start_tip(Moment now) {
    for (auto& job : jobs_) job.state = SentJob::State::stale;
    const auto forgotten = previous_tip_ends_;
    for (std::size_t i = 0; i < forgotten; ++i) custom_bytes_ -= jobs_[i].custom_bytes();
    jobs_.erase(jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(forgotten));
    first_id_ += static_cast<std::uint32_t>(forgotten);
    previous_tip_ends_ = current_tip_begins_ - forgotten;
    current_tip_begins_ = jobs_.size();
    return jobs_.empty() ? now : jobs_.front().sent_at;
}

}  // namespace gateway
