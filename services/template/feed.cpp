#include "template/feed.h"

#include <utility>

#include "base/log.h"
#include "bitcoin/difficulty.h"

namespace templates {

void Feed::begin_epoch(mining::Epoch epoch) {
    has_epoch_ = store_.begin_epoch(epoch);
    base::log_info("templates are named under a new epoch", {{"epoch", epoch.value}});
    if (auto waiting = std::exchange(waiting_, std::nullopt))
        on_candidate(waiting->first.node, std::move(waiting->second));
}

void Feed::on_candidate(NodeIndex node, Candidate candidate) {
    confirmed_at_ = clock_.steady_now();
    const Origin origin{.node = node, .name = candidate.origin};
    if (!has_epoch_) {
        waiting_ = {origin, std::move(candidate)};
        return;
    }
    const bool is_first = store_.current() == nullptr;
    const auto* const added = store_.add(std::move(candidate), origin);
    if (added == nullptr) {
        if (store_.is_exhausted()) on_exhausted_();
        return;
    }
    const auto& block_template = added->block_template;
    metrics_.templates.add();
    metrics_.template_height.set(block_template.tip.height);
    metrics_.network_difficulty.set(
        bitcoin::difficulty_of(block_template.tip.network_target).to_double());
    base::log_debug("template",
                    {{"ref", block_template.ref.value},
                     {"height", block_template.tip.height},
                     {"transactions", added->transactions ? added->transactions->size() : 0}});
    hub_.publish(block_template);
    on_change_();
    if (is_first) on_first_();
}

void Feed::on_transactions(Origin origin, const Transactions& transactions) {
    store_.add_transactions(origin, transactions);
    if (waiting_ && waiting_->first == origin) waiting_->second.transactions = transactions;
    on_change_();
}

std::chrono::duration<double> Feed::age() const {
    if (!confirmed_at_) return {};
    return clock_.steady_now() - *confirmed_at_;
}

}  // namespace templates
