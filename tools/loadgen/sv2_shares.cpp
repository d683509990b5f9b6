#include <algorithm>
#include <utility>

#include "loadgen/sv2_miner.h"

/// What an Sv2Miner submits, and what becomes of it; the rest of it is in sv2_miner.cpp.
namespace loadgen {
namespace {

using namespace std::chrono_literals;

// So many shares, and others have their turn.
constexpr int turn_shares = 256;
// When hashes have run out, the budget has some again so much later.
constexpr auto more_hashes_after = 1ms;
// Who finds shares ahead has its turn so often, beside thousands of others.
constexpr auto stocks_every = 50ms;

}  // namespace

void Sv2Miner::on_work(miner::Work work, base::SteadyTime now) {
    auto& channel = channels_[work.channel];
    const auto& before = channel.source.work();
    const auto tip = work.prev_hash;
    const bool is_new_block = before ? before->prev_hash != tip : worked_since_.has_value();
    if (is_new_block && &channel == &channels_.front())
        context_.statistics.new_block_to_job.add(context_.statistics.tips.heard(tip, now));
    if (plan_.hash_rate_hps > 0)
        channel.rate = plan_.hash_rate_hps / bitcoin::expected_hashes(work.target);
    channel.source.set(std::move(work));
    if (context_.stocking.holds(now)) {
        share_due_ = now;
        return;
    }
    if (plan_.in_flight > 0) return;
    if (plan_.submits_at_once && !worked_since_)
        share_due_ = now;
    else if (share_due_ == never || plan_.hash_rate_hps > 0)
        // Chance has no memory: what was drawn for the old targets is as good as drawn anew.
        plan_next(now);
}

void Sv2Miner::begin(base::SteadyTime now) {
    if (!is_working()) return;
    if (plan_.in_flight > 0 || plan_.submits_at_once)
        share_due_ = now;
    else
        plan_next(now);
}

double Sv2Miner::rate() const {
    if (plan_.shares_per_second > 0) return plan_.shares_per_second;
    double sum = 0;
    for (const auto& channel : channels_) sum += channel.rate;
    return sum;
}

void Sv2Miner::plan_next(base::SteadyTime from) {
    const auto shares_per_second = rate();
    share_due_ =
        shares_per_second > 0 ? from + until_next(shares_per_second, context_.random) : never;
}

Sv2Miner::Channel* Sv2Miner::pick_channel() {
    if (plan_.hash_rate_hps > 0) {
        auto place = chance(context_.random) * rate();
        for (auto& channel : channels_)
            if (channel.rate > 0 && (place -= channel.rate) < 0) return &channel;
        return nullptr;
    }
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        auto& channel = channels_[next_channel_++ % channels_.size()];
        if (channel.source.work()) return &channel;
    }
    return nullptr;
}

base::SteadyTime Sv2Miner::due() const {
    const auto share = context_.is_holding || context_.is_ending ? never : share_due_;
    return std::min({share, setup_due_, leaves_at_});
}

Peer::Wish Sv2Miner::on_due(base::SteadyTime now, std::string& out) {
    if (now >= leaves_at_ && connection_ != 0) return Wish::leave;
    if (now >= setup_due_ || now >= leaves_at_) over_ = "no answer";
    const bool submits = !context_.is_holding && !context_.is_ending && plan_.in_flight == 0;
    if (!over_ && submits && now >= share_due_) submit_due(now, out);
    return after(now, out);
}

/// What a turn submits leaves in one write.
int Sv2Miner::shares_at_once() const {
    return plan_.sends_apart ? 1 : turn_shares;
}

/// Whether nobody submits yet; finds shares ahead meanwhile.
bool Sv2Miner::is_stocking(base::SteadyTime now) {
    auto& stocking = context_.stocking;
    if (stocking.holds(now)) {
        was_held_ = true;
        if (!is_stocked_ && is_working()) {
            is_stocked_ = std::ranges::all_of(channels_, [&](Channel& channel) {
                return channel.is_refused ||
                       channel.source.stock_up(stocking.each, context_.hashes, now);
            });
            if (is_stocked_) --stocking.lacking;
        }
        share_due_ = now + stocks_every;
        return true;
    }
    // In an open loop the time begins now.
    if (!std::exchange(was_held_, false) || plan_.in_flight > 0) return false;
    plan_next(now);
    return true;
}

void Sv2Miner::submit_due(base::SteadyTime now, std::string& out) {
    if (is_stocking(now)) return;
    for (int i = 0; i < shares_at_once() && now >= share_due_ && !over_; ++i) {
        context_.sv2.late.add(now - share_due_);
        submit_one(share_due_, now, out);
        plan_next(share_due_);
    }
}

void Sv2Miner::fill(base::SteadyTime now, std::string& out) {
    share_due_ = never;
    if (context_.is_ending || context_.is_holding || is_stocking(now)) return;
    for (int i = 0; unanswered_ < plan_.in_flight && !over_; ++i) {
        if (i == shares_at_once()) {
            share_due_ = now;
            return;
        }
        if (submit_one(now, now, out)) continue;
        if (is_working()) share_due_ = now + more_hashes_after;
        return;
    }
}

bool Sv2Miner::submit_one(base::SteadyTime since, base::SteadyTime now, std::string& out) {
    auto* const channel = pick_channel();
    if (channel == nullptr) return false;
    intent_ = pick_intent(plan_.bad, context_.random);
    const auto share =
        channel->source.find(intent_, context_.hashes, now, context_.journal.is_writing());
    if (!share) {
        if (plan_.in_flight == 0) ++context_.statistics.not_found;
        return false;
    }
    carry_out(client_->submit(*share, since), now, out);
    return true;
}

void Sv2Miner::on_accepted(const miner::SharesAccepted& accepted, base::SteadyTime now) {
    const auto& answer = accepted.answer;
    context_.journal.accepted(connection_, answer);
    auto honest = static_cast<std::uint64_t>(accepted.waited.size());
    unanswered_ -= std::min(unanswered_, honest);
    // Whatever is bad among them has not been refused before.
    const auto end = bad_.upper_bound({answer.channel_id.value, answer.last_sequence_number});
    for (auto at = bad_.lower_bound({answer.channel_id.value, 0}); at != end; at = bad_.erase(at)) {
        ++counts(at->second).accepted;
        if (honest > 0) --honest;
    }
    counts(Intent::honest).accepted += honest;
    record_.shares.accepted += honest;
    if (honest > 0) {
        record_.last_accepted_at = now;
        if (reconnect_) context_.sv2.reconnects[*reconnect_].accepted_again = now;
        reconnect_.reset();
    }
    for (const auto waited : accepted.waited) {
        context_.statistics.answers.add(waited);
        context_.statistics.recent_answers.add(waited);
        watch_.accepted(now - waited, now);
    }
}

void Sv2Miner::on_rejected(const miner::ShareRejected& rejected, base::SteadyTime now) {
    context_.journal.rejected(connection_, rejected);
    unanswered_ -= std::min<std::uint64_t>(unanswered_, 1);
    const auto known = bad_.find({rejected.channel_id.value, rejected.sequence_number});
    const auto intent = known == bad_.end() ? Intent::honest : known->second;
    if (known != bad_.end()) bad_.erase(known);
    auto& total = counts(intent);
    ++total.rejected;
    ++total.rejected_by_reason[rejected.error_code];
    if (intent != Intent::honest) return;
    context_.statistics.answers.add(rejected.waited);
    context_.statistics.recent_answers.add(rejected.waited);
    ++record_.shares.rejected;
    ++record_.shares.rejected_by_reason[rejected.error_code];
    watch_.rejected(now - rejected.waited, now);
    // A new block in that moment: the end of the outage has not been seen yet.
    if (plan_.submits_at_once && reconnect_) share_due_ = now;
}

void Sv2Miner::on_closed(const miner::ChannelClosed& closed) {
    context_.journal.channel_closed(connection_, closed);
    auto& channel = channels_[closed.channel];
    channel.source.forget();
    channel.is_refused = true;
    ++context_.statistics.odd["a channel was closed: " + closed.reason_code];
    const auto end = bad_.upper_bound({closed.channel_id.value, UINT32_MAX});
    auto honest = closed.unanswered;
    unanswered_ -= std::min(unanswered_, closed.unanswered);
    for (auto at = bad_.lower_bound({closed.channel_id.value, 0}); at != end; at = bad_.erase(at)) {
        ++counts(at->second).unknown;
        if (honest > 0) --honest;
    }
    counts(Intent::honest).unknown += honest;
    record_.shares.unknown += honest;
}

void Sv2Miner::give_up(std::uint64_t unanswered) {
    for (const auto& [name, intent] : bad_) ++counts(intent).unknown;
    const auto honest = unanswered - std::min<std::uint64_t>(unanswered, bad_.size());
    counts(Intent::honest).unknown += honest;
    record_.shares.unknown += honest;
    bad_.clear();
    unanswered_ = 0;
}

}  // namespace loadgen
