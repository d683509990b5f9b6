#include "template/node_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/log.h"

namespace templates {
namespace {

// Nodes are judged whenever they say something; this is for what happens when they do not.
constexpr std::chrono::milliseconds judge_interval{250};
// More than the templates of the recent tips, whose blocks may still be found.
constexpr std::size_t incomplete_max = 256;

NodeTip tip_of(const Candidate& candidate) {
    const auto& tip = candidate.block_template.tip;
    return {.hash = tip.prev_hash, .height = tip.height - std::min(tip.height, 1U)};
}

}  // namespace

NodeWatch::NodeWatch(boost::asio::io_context& loop, const base::Clock& clock, Nodes& nodes,
                     service::Registry& registry, Settings settings)
    : clock_(clock),
      nodes_(nodes),
      settings_(settings),
      timer_(loop),
      choice_(nodes.size(), settings.limits),
      records_(nodes.size()),
      health_(nodes.size()),
      candidates_(nodes.size()) {
    for (NodeIndex i = 0; i < nodes_.size(); ++i) {
        records_[i].name = nodes_.name(i);
        metrics_.push_back(make_node_metrics(registry, nodes_.name(i)));
    }
    registry.on_collect([this] { publish(); });
}

void NodeWatch::start(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    nodes_.start(
        {.on_candidate = [this](auto node,
                                auto candidate) { on_candidate(node, std::move(candidate)); },
         .on_transactions =
             [this](auto node, auto origin, auto transactions) {
                 on_transactions(node, origin, std::move(transactions));
             },
         .on_status = [this](auto node, const auto& status) { on_status(node, status); },
         .on_unusable = [this](auto node, auto why) { on_unusable(node, why); }});
    wait();
}

void NodeWatch::wait() {
    timer_.expires_after(judge_interval);
    timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (error || alive.expired()) return;
        on_time();
        wait();
    });
}

void NodeWatch::on_candidate(NodeIndex node, Candidate candidate) {
    choice_.on_candidate(node, tip_of(candidate), candidate.is_early);
    candidates_[node] = std::move(candidate);
    complete_status(node);
    on_time();
}

void NodeWatch::on_transactions(NodeIndex node, std::uint64_t origin, Transactions transactions) {
    if (auto& candidate = candidates_[node]; candidate && candidate->origin == origin)
        candidate->transactions = transactions;
    // Also of a node that is not chosen any more: miners may still be at work on its template.
    if (std::erase(incomplete_, std::pair{node, origin}) > 0)
        callbacks_.on_transactions(node, origin, std::move(transactions));
}

void NodeWatch::on_status(NodeIndex node, const NodeStatus& status) {
    if (status.is_reachable) {
        records_[node].unfit.reset();
    } else {
        candidates_[node].reset();
        choice_.on_gone(node);
    }
    complete_status(node);
    on_time();
}

void NodeWatch::on_unusable(NodeIndex node, std::string_view why) {
    records_[node].unfit = std::string{why};
    candidates_[node].reset();
    choice_.on_gone(node);
    on_time();
    const auto is_unfit = [](const NodeRecord& record) { return record.unfit.has_value(); };
    if (std::all_of(records_.begin(), records_.end(), is_unfit))
        callbacks_.on_unusable(nodes_.size() == 1 ? std::string{why} : all_reasons());
}

// A candidate tells where its node is, which not every protocol says otherwise, and may be ahead of
// what was said.
void NodeWatch::complete_status(NodeIndex node) {
    auto status = nodes_.status(node);
    if (const auto& candidate = candidates_[node]) {
        if (!status.is_reachable) status = NodeStatus{.is_reachable = true};
        const auto tip = tip_of(*candidate);
        if (!status.height || *status.height < tip.height) {
            status.height = tip.height;
            status.tip = tip.hash;
        }
    }
    records_[node].status = std::move(status);
}

void NodeWatch::on_time() {
    const auto now = clock_.steady_now();
    const auto leader = choice_.leader();
    judge();
    const auto given_up = choice_.tip();
    if (choice_.give_up_tip(now)) {
        base::log_warning(
            "the newest block is gone from the nodes",
            {{"height", given_up->height}, {"hash", given_up->hash.value.to_be_hex()}});
        judge();
    }
    const auto given = choice_.decide(now);
    note_leader(leader);
    tell_state();
    if (given) give(*given);
}

void NodeWatch::judge() {
    const auto now = clock_.steady_now();
    for (NodeIndex i = 0; i < records_.size(); ++i)
        records_[i].is_on_given_up_tip = choice_.is_on_given_up_tip(i);
    note_lags(records_, settings_.rules, now);
    for (NodeIndex i = 0; i < records_.size(); ++i)
        note_health(i, judge_node(records_, i, settings_.rules, now, clock_.unix_now()));
}

void NodeWatch::note_health(NodeIndex node, NodeHealth health) {
    const bool is_news =
        health.verdict != health_[node].verdict || health.cause != health_[node].cause;
    health_[node] = std::move(health);
    choice_.set_health(node, health_[node].verdict, health_[node].cause);
    if (is_news) say_health(node);
}

void NodeWatch::say_health(NodeIndex node) const {
    const auto& health = health_[node];
    const auto& status = records_[node].status;
    const auto height = status ? status->height.value_or(0) : 0;
    switch (health.verdict) {
        case Verdict::usable:
            return base::log_info("node is usable", {{"node", nodes_.name(node)},
                                                     {"height", height},
                                                     {"software", status ? status->software : ""}});
        case Verdict::poor:
            return base::log_warning(
                "node is usable, but poor",
                {{"node", nodes_.name(node)}, {"height", height}, {"reason", health.reason}});
        case Verdict::refused:
            return base::log_warning(
                "node is refused",
                {{"node", nodes_.name(node)}, {"height", height}, {"reason", health.reason}});
    }
}

void NodeWatch::note_leader(std::optional<NodeIndex> before) {
    const auto leader = choice_.leader();
    if (leader == before) return;
    if (!leader) {
        base::log_error("no node can be used", {{"reason", all_reasons()}});
        return;
    }
    if (last_leader_ && last_leader_ != leader) metrics_[*leader].switches.add();
    base::log_info("node leads",
                   {{"node", nodes_.name(*leader)}, {"reason", why_leader_changed(before)}});
    last_leader_ = leader;
}

std::string NodeWatch::why_leader_changed(std::optional<NodeIndex> before) const {
    if (!before) return last_leader_ ? "usable again" : "the first that is usable";
    const auto name = nodes_.name(*before);
    switch (health_[*before].verdict) {
        case Verdict::refused:
            return fmt::format("{} is refused: {}", name, health_[*before].reason);
        case Verdict::poor: return fmt::format("{} is poor: {}", name, health_[*before].reason);
        case Verdict::usable: break;
    }
    return fmt::format("{} has not come to the newest block", name);
}

void NodeWatch::give(const NodeChoice::Give& give) {
    const auto& candidate = candidates_[give.node];
    const auto tip = tip_of(*candidate);
    if (give.why == NodeChoice::Why::reorg || give.why == NodeChoice::Why::lost_tip)
        base::log_warning(
            "templates go on from another block",
            {{"node", nodes_.name(give.node)},
             {"height", tip.height},
             {"hash", tip.hash.value.to_be_hex()},
             {"height_before", last_tip_ ? last_tip_->height : 0},
             {"reason", give.why == NodeChoice::Why::reorg ? "the nodes took the last one back"
                                                           : "no node has the last one any more"}});
    last_tip_ = tip;
    metrics_[give.node].templates.add();
    if (!candidate->transactions) {
        incomplete_.emplace_back(give.node, candidate->origin);
        if (incomplete_.size() > incomplete_max) incomplete_.pop_front();
    }
    callbacks_.on_candidate(give.node, *candidate);
}

void NodeWatch::tell_state() {
    const bool is_usable = choice_.leader().has_value();
    std::pair state{is_usable, is_usable ? std::string{} : all_reasons()};
    if (told_ == state) return;
    told_ = std::move(state);
    callbacks_.on_state(told_->first, told_->second);
}

std::string NodeWatch::all_reasons() const {
    std::vector<std::string> reasons;
    for (NodeIndex i = 0; i < nodes_.size(); ++i)
        if (health_[i].verdict == Verdict::refused)
            reasons.push_back(fmt::format("{}: {}", nodes_.name(i), health_[i].reason));
    return fmt::format("{}", fmt::join(reasons, "; "));
}

void NodeWatch::publish() {
    for (NodeIndex i = 0; i < nodes_.size(); ++i) {
        const auto& record = records_[i];
        auto& metrics = metrics_[i];
        const bool is_up = !record.unfit && record.status && record.status->is_reachable;
        metrics.up.set(is_up ? 1 : 0);
        metrics.height.set(is_up ? record.status->height.value_or(0) : 0);
        metrics.lag.set(lag(i));
        metrics.peers.set(is_up ? record.status->peers.value_or(0) : 0);
        metrics.usable.set(health_[i].verdict == Verdict::refused ? 0 : 1);
        metrics.poor.set(health_[i].verdict == Verdict::poor ? 1 : 0);
        metrics.leads.set(leads(i) ? 1 : 0);
    }
}

}  // namespace templates
