#include "template/feed.h"

#include <utility>

#include "base/log.h"
#include "bitcoin/difficulty.h"

namespace templates {

Feed::Feed(boost::asio::io_context& loop, const base::Clock& clock, TemplateStore& store,
           StreamHub& hub, Archive& archive, Metrics& metrics, Settings settings)
    : clock_(clock),
      store_(store),
      hub_(hub),
      archive_(archive),
      metrics_(metrics),
      settings_(settings),
      store_wait_(loop) {}

void Feed::on_node_state(bool is_usable) {
    is_node_usable_ = is_usable;
    note_ability();
}

void Feed::on_candidate(NodeIndex node, Candidate candidate) {
    confirmed_at_ = clock_.steady_now();
    const Origin origin{.node = node, .name = candidate.origin};
    latest_ = {origin, candidate};
    if (is_leading_) return name(origin, std::move(candidate));
    note_ability();
}

void Feed::on_transactions(Origin origin, const Transactions& transactions) {
    if (latest_ && latest_->first == origin) latest_->second.transactions = transactions;
    for (const auto ref : store_.add_transactions(origin, transactions)) {
        hub_.publish_transactions(*store_.find(ref));
        if (is_leading_) archive_.store_transactions(ref);
        on_change_();
    }
}

bool Feed::is_able() const {
    if (!latest_ || !is_node_usable_) return false;
    const bool is_behind = latest_->second.block_template.tip.height < height_;
    return !is_behind || clock_.steady_now() - height_since_ >= settings_.behind_max;
}

void Feed::begin_epoch(mining::Epoch epoch) {
    if (!store_.begin_epoch(epoch)) return;  // a newer one has come: the lease will hear of it
    is_leading_ = true;
    archive_.begin_epoch(epoch);
    if (latest_) name(latest_->first, latest_->second);
}

void Feed::end_epoch() {
    stream_waiting();
    is_leading_ = false;
    archive_.end_epoch();
}

void Feed::name(const Origin& origin, Candidate candidate) {
    stream_waiting();
    const auto* const before = store_.current();
    const bool is_new_tip = before == nullptr || before->block_template.tip.prev_hash !=
                                                     candidate.block_template.tip.prev_hash;
    const auto* const named = store_.add(std::move(candidate), origin, clock_.unix_now());
    if (named != nullptr) return store_and_stream(*named, is_new_tip);
    if (store_.is_exhausted()) callbacks_.on_exhausted();
}

/// A new tip waits until Redis has its template, and not for the transactions behind it: these are
/// megabytes, and miners work for nothing meanwhile.
void Feed::store_and_stream(const HeldTemplate& held, bool is_new_tip) {
    const auto ref = held.block_template.ref;
    if (!archive_.is_answering()) {
        stream(held);
        return archive_.store(
            held, [] {}, [] {});
    }
    waiting_ = ref;
    store_wait_.expires_after(settings_.store_wait);
    store_wait_.async_wait([this, ref, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (error || alive.expired() || waiting_ != ref) return;
        archive_.on_late();
        stream_waiting();
    });
    const auto go = [this, ref] {
        if (waiting_ == ref) stream_waiting();
    };
    const bool waits_for_all = !is_new_tip && held.transactions;
    if (waits_for_all)
        archive_.store(
            held, [] {}, go);
    else
        archive_.store(held, go, [] {});
}

void Feed::stream_waiting() {
    const auto ref = std::exchange(waiting_, std::nullopt);
    store_wait_.cancel();
    if (!ref) return;
    if (const auto* const held = store_.find(*ref)) stream(*held);
}

void Feed::stream(const HeldTemplate& held) {
    const auto& block_template = held.block_template;
    metrics_.templates.add();
    base::log_debug("template",
                    {{"ref", block_template.ref.value},
                     {"height", block_template.tip.height},
                     {"transactions", held.transactions ? held.transactions->size() : 0}});
    hub_.publish(held);
    on_change_();
    note_current();
}

void Feed::note_current() {
    const auto& tip = store_.current()->block_template.tip;
    metrics_.template_height.set(tip.height);
    metrics_.network_difficulty.set(bitcoin::approximate_difficulty(tip.network_target));
    if (height_ != tip.height) height_since_ = clock_.steady_now();
    height_ = tip.height;
    if (!std::exchange(has_streamed_, true)) callbacks_.on_first();
    note_ability();
}

void Feed::on_relayed(HeldTemplate relayed) {
    const auto named_at = relayed.named_at;
    const auto epoch = relayed.block_template.ref.epoch();
    const auto* const held = store_.insert(std::move(relayed));
    if (held == nullptr) return;
    metrics_.relay_lag_seconds.set(
        std::chrono::duration<double>(clock_.unix_now() - named_at).count());
    callbacks_.on_epoch_seen(epoch);
    stream(*held);
}

void Feed::on_relayed_transactions(mining::TemplateRef ref, TransactionList transactions) {
    const auto* const held = store_.set_transactions(ref, std::move(transactions));
    if (held == nullptr) return;
    hub_.publish_transactions(*held);
    on_change_();
}

void Feed::fetch(mining::TemplateRef ref, OnFetched on_fetched) {
    if (const auto* const held = store_.find(ref); held != nullptr && held->transactions)
        return on_fetched({.held = held});
    archive_.load(ref, [this, ref, on_fetched = std::move(on_fetched)](auto loaded) {
        const auto* const held = store_.find(ref);
        if (!loaded)
            base::log_warning("a template is not here, and not to be had from disk or Redis",
                              {{"template", ref.value}, {"reason", loaded.error().why}});
        if (!loaded)
            return on_fetched(
                {.held = held,
                 .may_be_had_later = loaded.error().kind == Archive::LoadError::no_answer});
        if (!*loaded) return on_fetched({.held = held});
        if (held != nullptr && (*loaded)->transactions)
            on_relayed_transactions(ref, (*loaded)->transactions);
        // It is not kept: where nothing newer is there yet, it would be handed out.
        on_fetched({.held = held != nullptr ? held : &**loaded});
    });
}

void Feed::fetch_here(mining::TemplateRef ref, OnFetched on_fetched) {
    if (const auto* const held = store_.find(ref); held != nullptr && held->transactions)
        return on_fetched({.held = held});
    archive_.load_copy(ref, [this, ref, on_fetched = std::move(on_fetched)](const auto& copy) {
        on_fetched({.held = copy ? &*copy : store_.find(ref)});
    });
}

void Feed::note_ability() {
    if (std::exchange(was_able_, is_able()) != was_able_) callbacks_.on_ability();
}

void Feed::publish_metrics() const {
    if (confirmed_at_)
        metrics_.template_age_seconds.set(
            std::chrono::duration<double>(clock_.steady_now() - *confirmed_at_).count());
    const auto size = store_.pool().size();
    metrics_.held_templates.set(static_cast<double>(store_.all().size()));
    metrics_.held_transactions.set(static_cast<double>(size.transactions));
    metrics_.held_bytes.set(static_cast<double>(size.bytes));
}

}  // namespace templates
