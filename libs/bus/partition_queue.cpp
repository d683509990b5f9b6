#include "bus/partition_queue.h"

#include <utility>

#include "base/ensure.h"

namespace bus {

PartitionQueue::Filling& PartitionQueue::start(base::SteadyTime now) {
    waiting_.push_back({BatchBuilder{epoch_, partition_}, now});
    if (tip_) waiting_.back().builder.add_live_tip(*tip_);
    return waiting_.back();
}

BatchBuilder& PartitionQueue::current(base::SteadyTime now) {
    if (waiting_.empty() || waiting_.back().builder.entries() >= shares_a_batch_) start(now);
    return waiting_.back().builder;
}

void PartitionQueue::add_share(const ShareContext& context, const mining::SubmittedShare& share,
                               std::string worker, base::SteadyTime now) {
    current(now).add_share(context, share, std::move(worker));
    ++entries_;
    ++shares_;
}

void PartitionQueue::add_event(EventBody body, base::SteadyTime now) {
    current(now).add_event(std::move(body));
    ++entries_;
}

void PartitionQueue::set_tip(const bitcoin::BlockHash& tip, base::SteadyTime now) {
    if (tip_ == tip) return;
    tip_ = tip;
    // A batch names the tip that its shares were found under, and no other, so those that wait
    // stay as they are. Two tip changes in a row need only the last one said.
    const bool has_history = last_sequence_ != 0 || !waiting_.empty();
    if (!has_history) return;
    if (!waiting_.empty() && waiting_.back().builder.entries() == 0) waiting_.pop_back();
    start(now);
}

std::optional<base::SteadyTime> PartitionQueue::oldest() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.front().since;
}

Batch PartitionQueue::take() {
    base::ensure(!waiting_.empty(), "a batch is taken only when one waits");
    auto builder = std::move(waiting_.front().builder);
    waiting_.pop_front();
    entries_ -= builder.entries();
    shares_ -= builder.shares();
    return std::move(builder).finish(++last_sequence_);
}

}  // namespace bus
