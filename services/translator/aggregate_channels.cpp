#include "translator/aggregate_channels.h"

#include <algorithm>
#include <utility>

namespace translator {
namespace {

using namespace std::chrono_literals;

/// A channel that was refused is asked for again.
constexpr auto reopen_after = 10s;
/// A verdict that has not come for so long does not come.
constexpr auto verdict_within = 60s;
/// Miners of which so many shares are missing did not fall silent at once: the network did, or the
/// pool; chance makes it one time in 160,000. But after a minute one must believe it.
constexpr double shares_missing = 12;
constexpr auto silent_together_max = 60s;

}  // namespace

AggregateChannels::AggregateChannels(Channels& upstream, const AggregateSettings& settings,
                                     const base::Clock& clock, AggregateMetrics& metrics,
                                     std::function<void()> wake)
    : upstream_(upstream),
      settings_(settings),
      vardiff_(settings),
      clock_(clock),
      metrics_(metrics),
      wake_(std::move(wake)) {
    open_upstream();
}

AggregateChannels::~AggregateChannels() {
    if (handle_) upstream_.close(*handle_);
}

void AggregateChannels::open_upstream() {
    const auto wanted = demand();
    handle_ = upstream_.open(
        {.user = {},
         .nominal_hash_rate_hps = wanted.hash_rate_hps,
         .max_target = wanted.max_target,
         .min_extranonce_size = settings_.miner_extranonce_size + settings_.index_size},
        *this);
    debounce_.opened_with(wanted, clock_.steady_now());
}

ChannelHandle AggregateChannels::open(const OpenTerms& terms, ChannelListener& listener) {
    auto& slot =
        slots_.add(listener, LocalVardiff{vardiff_, terms.nominal_hash_rate_hps, terms.max_target});
    debounce_.miners_changed();
    to_welcome_.push_back(slot.handle);
    want_turn();
    return slot.handle;
}

void AggregateChannels::update(ChannelHandle channel, double nominal_hash_rate_hps,
                               const bitcoin::Target& max_target) {
    auto* slot = slots_.find(channel);
    if (slot == nullptr) return;
    slot->vardiff.update(vardiff_, nominal_hash_rate_hps, max_target, clock_.steady_now());
    debounce_.miners_changed();
    reissue_soon(*slot);
}

void AggregateChannels::close(ChannelHandle channel) {
    const auto* slot = slots_.find(channel);
    if (slot == nullptr) return;
    if (slot->index) indices_.give_back(*slot->index);
    slots_.remove(channel);
    debounce_.miners_changed();
}

std::optional<base::SteadyTime::duration> AggregateChannels::verdict_time(
    ChannelHandle /*channel*/) const {
    return handle_ ? upstream_.verdict_time(*handle_) : std::nullopt;
}

std::optional<std::size_t> AggregateChannels::extranonce_size() const {
    if (!terms_ || indices_.size() == 0) return std::nullopt;
    return terms_->extranonce_size - indices_.size();
}

bool AggregateChannels::is_served() const {
    return handle_ && upstream_.is_served();
}

base::SteadyTime AggregateChannels::unserved_since() const {
    return handle_ ? upstream_.unserved_since() : refused_at_;
}

void AggregateChannels::want_turn() {
    if (std::exchange(is_turn_wanted_, true)) return;
    wake_();
}

void AggregateChannels::turn() {
    is_turn_wanted_ = false;
    for (const auto& due : std::exchange(to_answer_, {}))
        if (auto* slot = slots_.find(due.miner))
            slot->listener->on_verdict(due.ticket, due.verdict, due.code);
    for (const auto miner : std::exchange(to_welcome_, {})) {
        const auto* slot = slots_.find(miner);
        // Where the channel is not there, it brings the welcome when it is.
        if (slot != nullptr && !slot->is_served && terms_) welcome(miner);
    }
    for (const auto miner : std::exchange(to_reissue_, {}))
        if (auto* slot = slots_.find(miner)) reissue_if_due(*slot);
}

void AggregateChannels::tick() {
    const auto now = clock_.steady_now();
    if (!handle_ && now - refused_at_ >= reopen_after) open_upstream();
    advance_targets();
    while (const auto share = forwarded_.take_sent_before(now - verdict_within)) give_up(*share);
    const auto wanted = demand();
    if (handle_)
        if (const auto told = debounce_.due(wanted, now)) {
            metrics_.updates.add();
            upstream_.update(*handle_, told->hash_rate_hps, told->max_target);
        }
    metrics_.miners.set(static_cast<double>(slots_.size()));
    metrics_.hash_rate.set(wanted.hash_rate_hps);
    metrics_.indices_resting.set(static_cast<double>(indices_.resting()));
}

void AggregateChannels::advance_targets() {
    const auto now = clock_.steady_now();
    const bool is_held_up = is_silent_as_a_whole();
    double due = 0;
    for (std::size_t place = 0; place < slots_.places(); ++place) {
        auto* slot = slots_.at(place);
        if (slot == nullptr) continue;
        if (!is_held_up)
            if (const auto reason = slot->vardiff.advance(vardiff_, now)) {
                metrics_.retargets(*reason).add();
                slot->awaits_job = true;
            }
        if (slot->vardiff.is_running()) due += slot->vardiff.due_per_second();
        if (slot->awaits_job) reissue_if_due(*slot);  // the slot may be gone now
    }
    due_per_second_ = due;
}

bool AggregateChannels::is_silent_as_a_whole() const {
    const auto silent_for = clock_.steady_now() - last_share_at_;
    const double missing = due_per_second_ * std::chrono::duration<double>{silent_for}.count();
    return missing > shares_missing && silent_for < silent_together_max;
}

Demand AggregateChannels::demand() {
    Demand all{.hash_rate_hps = 0, .max_target = bitcoin::target_max()};
    for (std::size_t place = 0; place < slots_.places(); ++place) {
        const auto* slot = slots_.at(place);
        if (slot == nullptr) continue;
        const auto& vardiff = slot->vardiff;
        all.hash_rate_hps += vardiff.hash_rate();
        all.max_target =
            std::min(all.max_target, asks_for_limit_ ? vardiff.wanted() : vardiff.max_target());
    }
    // Without miners what one that says nothing would need.
    if (slots_.size() == 0 && asks_for_limit_)
        all.max_target = vardiff_.target_for(vardiff_.believed(0), bitcoin::target_max());
    return all;
}

bool AggregateChannels::awaits_job(Slot& slot) {
    const auto* entry = jobs_.current();
    if (!slot.is_served || entry == nullptr) return slot.awaits_job = false;
    return slot.awaits_job = slot.vardiff.target_for(entry->job.target) != slot.vardiff.in_force();
}

void AggregateChannels::reissue_soon(Slot& slot) {
    if (slot.awaits_job || !awaits_job(slot)) return;
    to_reissue_.push_back(slot.handle);
    want_turn();
}

}  // namespace translator
