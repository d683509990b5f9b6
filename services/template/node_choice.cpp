#include "template/node_choice.h"

#include <algorithm>
#include <tuple>

namespace templates {
namespace {

// Enough for every node to be on another one.
constexpr std::size_t given_up_max = 16;

}  // namespace

void NodeChoice::on_candidate(NodeIndex node, const NodeTip& tip, bool is_early) {
    auto& of = nodes_[node];
    of.tip = tip;
    of.is_early = is_early;
    of.is_fresh = true;
    of.has_held_tip = of.has_held_tip || holds_tip(node);
}

void NodeChoice::on_gone(NodeIndex node) {
    const auto verdict = nodes_[node].verdict;
    nodes_[node] = {.verdict = verdict};
}

void NodeChoice::set_health(NodeIndex node, Verdict verdict, Cause cause) {
    nodes_[node].verdict = verdict;
    nodes_[node].is_only_behind = verdict == Verdict::refused && cause == Cause::behind;
}

bool NodeChoice::is_on_given_up_tip(NodeIndex node) const {
    const auto& tip = nodes_[node].tip;
    return tip && std::find(given_up_.begin(), given_up_.end(), tip->hash) != given_up_.end();
}

bool NodeChoice::is_apart(NodeIndex node) const {
    if (!nodes_[node].tip || is_on_given_up_tip(node)) return true;
    return tip_ && !holds_tip(node) && nodes_[node].tip->height <= tip_->height;
}

bool NodeChoice::holds_tip_or_more(NodeIndex node) const {
    const auto& tip = nodes_[node].tip;
    return holds_tip(node) || (tip && tip_ && tip->height > tip_->height);
}

// What was given up counts as news from the leader alone.
bool NodeChoice::can_give_higher(NodeIndex node) const {
    const auto& tip = nodes_[node].tip;
    return is_usable(node) && tip && (!tip_ || tip->height > tip_->height) &&
           (node == leader_ || !is_on_given_up_tip(node));
}

bool NodeChoice::give_up_tip(base::SteadyTime now) {
    note_time(now);
    if (!tip_) return false;
    if (is_taken_back()) {
        given_up_.push_back(tip_->hash);
        if (given_up_.size() > given_up_max) given_up_.pop_front();
        next_why_ = Why::reorg;
    } else if (is_lost(now)) {
        // Those who gave others up for it are away, too: whoever is left decides anew.
        given_up_.clear();
        next_why_ = Why::lost_tip;
    } else {
        return false;
    }
    tip_.reset();
    giver_.reset();
    for (auto& node : nodes_) node.has_held_tip = false;
    return true;
}

// Those that had the tip and are on another one of at most its height speak against it, those that
// have it or more speak for it; who never had it has no say. The leader's word decides a draw.
bool NodeChoice::is_taken_back() const {
    std::size_t against = 0;
    std::size_t in_favour = 0;
    bool is_leader_against = false;
    for (NodeIndex i = 0; i < nodes_.size(); ++i) {
        const auto& node = nodes_[i];
        if (!node.tip || !(is_usable(i) || node.is_only_behind)) continue;
        if (holds_tip_or_more(i)) {
            ++in_favour;
        } else if (node.has_held_tip) {
            ++against;
            is_leader_against = is_leader_against || i == leader_;
        }
    }
    return against > in_favour || (is_leader_against && against == in_favour);
}

// Nobody speaks for it, nor against it: who had it is away. A rival of its height can follow at
// once, an older tip only when the newer one had its time to arrive.
bool NodeChoice::is_lost(base::SteadyTime now) const {
    if (!unheld_since_) return false;
    const bool had_its_time = now - *unheld_since_ >= limits_.lost_tip_after;
    for (NodeIndex i = 0; i < nodes_.size(); ++i)
        if (is_usable(i) && nodes_[i].tip &&
            (had_its_time || nodes_[i].tip->height == tip_->height))
            return true;
    return false;
}

void NodeChoice::note_time(base::SteadyTime now) {
    const auto run = [now](std::optional<base::SteadyTime>& since, bool is_running) {
        if (!is_running)
            since.reset();
        else if (!since)
            since = now;
    };
    bool is_held = false;
    for (NodeIndex i = 0; i < nodes_.size(); ++i) {
        run(nodes_[i].apart_since, nodes_[i].tip && is_apart(i));
        is_held = is_held || (is_usable(i) && holds_tip_or_more(i));
    }
    run(unheld_since_, tip_ && !is_held);
}

std::optional<NodeChoice::Give> NodeChoice::decide(base::SteadyTime now) {
    note_time(now);
    leader_ = best(&NodeChoice::is_usable, now);
    if (auto higher = give_higher(now)) return higher;
    return give_same(now);
}

std::optional<NodeIndex> NodeChoice::best(bool (NodeChoice::*is_fit)(NodeIndex) const,
                                          base::SteadyTime now) const {
    std::optional<NodeIndex> found;
    for (NodeIndex i = 0; i < nodes_.size(); ++i)
        if ((this->*is_fit)(i) && (!found || is_better(i, *found, now))) found = i;
    return found;
}

// Without the tip a node can give nothing, so that comes first; the leader has a moment to get it.
// Among equals the leader stays, so that nothing flaps; then the order of the configuration.
bool NodeChoice::is_better(NodeIndex a, NodeIndex b, base::SteadyTime now) const {
    const auto rank = [&](NodeIndex i) {
        const auto& node = nodes_[i];
        const bool is_patient =
            i == leader_ && node.tip && !is_on_given_up_tip(i) &&
            (!node.apart_since || now - *node.apart_since < limits_.follow_within);
        return std::tuple{is_apart(i) && !is_patient, node.verdict == Verdict::poor, i != leader_,
                          i};
    };
    return rank(a) < rank(b);
}

std::optional<NodeChoice::Give> NodeChoice::give_higher(base::SteadyTime now) {
    std::optional<NodeIndex> highest;
    for (NodeIndex i = 0; i < nodes_.size(); ++i) {
        if (!can_give_higher(i)) continue;
        const auto height = nodes_[i].tip->height;
        if (!highest || height > nodes_[*highest].tip->height ||
            (height == nodes_[*highest].tip->height && is_better(i, *highest, now)))
            highest = i;
    }
    if (!highest) return std::nullopt;
    return give(*highest, tip_ ? Why::new_tip : next_why_, now);
}

// The leader's, once it has a whole candidate for this tip; until then of whoever gave the last.
std::optional<NodeChoice::Give> NodeChoice::give_same(base::SteadyTime now) {
    const bool is_giver_there = giver_ && can_give_same(*giver_);
    auto chosen = is_giver_there ? giver_ : best(&NodeChoice::can_give_same, now);
    if (!chosen) return std::nullopt;
    if (leader_ && can_give_same(*leader_) && !(is_giver_there && nodes_[*leader_].is_early))
        chosen = leader_;
    if (chosen == giver_ && !nodes_[*chosen].is_fresh) return std::nullopt;
    return give(*chosen, Why::same_tip, now);
}

NodeChoice::Give NodeChoice::give(NodeIndex node, Why why, base::SteadyTime now) {
    if (tip_ != nodes_[node].tip) {
        tip_ = nodes_[node].tip;
        for (NodeIndex i = 0; i < nodes_.size(); ++i) nodes_[i].has_held_tip = holds_tip(i);
        std::erase(given_up_, tip_->hash);
        note_time(now);  // who is apart is so from now on
    }
    nodes_[node].is_fresh = false;
    giver_ = node;
    return {.node = node, .why = why};
}

}  // namespace templates
