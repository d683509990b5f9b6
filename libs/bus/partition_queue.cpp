#include "bus/partition_queue.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"

namespace bus {
namespace {

// Who came within this of the first of them goes into the same scan: under load one scan has many
// shares, and the queue remembers fewer times than shares.
constexpr std::chrono::milliseconds together{5};

}  // namespace

PartitionQueue::Filling& PartitionQueue::start(base::SteadyTime now) {
    waiting_.push_back({BatchBuilder{epoch_, partition_}, now});
    waiting_.back().builder.expect(usual_);
    if (tip_) waiting_.back().builder.add_live_tip(*tip_);
    return waiting_.back();
}

BatchBuilder& PartitionQueue::current(base::SteadyTime now) {
    if (waiting_.empty() || waiting_.back().builder.entries() >= shares_a_batch_) start(now);
    return waiting_.back().builder;
}

void PartitionQueue::add_share(const ShareContext& context, const mining::SubmittedShare& share,
                               std::string worker, base::SteadyTime now) {
    auto& builder = current(now);
    const auto sequence = last_sequence_ + waiting_.size();
    const auto place = builder.shares();
    builder.add_share(context, share, std::move(worker));
    ++entries_;
    ++shares_;
    if (unscanned_.empty() || unscanned_.back().sequence != sequence ||
        unscanned_.back().end != place || now - unscanned_.back().since > together)
        unscanned_.push_back({now, sequence, place, place});
    ++unscanned_.back().end;
}

void PartitionQueue::add_event(std::uint64_t connection, EventBody body, base::SteadyTime now) {
    if (std::holds_alternative<ChannelOpen>(body) || std::holds_alternative<ChannelClose>(body)) {
        // Behind all that its channel may have in the batches that wait.
        const auto sequence = last_sequence_ + std::max<std::size_t>(waiting_.size(), 1);
        return paced_.add(connection, sequence, std::move(body), now);
    }
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
    const auto paced = paced_due();
    if (waiting_.empty()) return paced;
    return paced ? std::min(*paced, waiting_.front().since) : waiting_.front().since;
}

std::optional<base::SteadyTime> PartitionQueue::paced_due() const {
    if (paced_.size() == 0) return std::nullopt;
    return paced_.due();
}

Batch PartitionQueue::take(base::SteadyTime now) {
    base::ensure(is_ready(now), "a batch is taken only when one waits");
    const auto beside =
        waiting_.empty() ? PacedEvents::Beside::nothing : PacedEvents::Beside::shares;
    if (waiting_.empty()) start(now);
    auto builder = std::move(waiting_.front().builder);
    waiting_.pop_front();
    usual_ = builder.sizes();
    entries_ -= builder.entries();
    shares_ -= builder.shares();
    ++last_sequence_;
    paced_.move_to(builder, last_sequence_, beside, now);
    while (!unscanned_.empty() && unscanned_.front().sequence == last_sequence_)
        unscanned_.pop_front();
    return std::move(builder).finish(last_sequence_);
}

std::optional<base::SteadyTime> PartitionQueue::oldest_unscanned() const {
    if (unscanned_.empty()) return std::nullopt;
    return unscanned_.front().since;
}

std::optional<PartitionQueue::Unscanned> PartitionQueue::take_unscanned(base::SteadyTime before) {
    if (unscanned_.empty() || unscanned_.front().since >= before) return std::nullopt;
    const auto sequence = unscanned_.front().sequence;
    const auto begin = unscanned_.front().begin;
    auto end = begin;
    while (!unscanned_.empty() && unscanned_.front().sequence == sequence &&
           unscanned_.front().since < before) {
        end = unscanned_.front().end;
        unscanned_.pop_front();
    }
    const auto& builder = waiting_[sequence - last_sequence_ - 1].builder;
    return Unscanned{sequence, builder.part(begin, end)};
}

}  // namespace bus
