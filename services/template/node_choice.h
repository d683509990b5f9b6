#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "bitcoin/uint256.h"
#include "template/node_health.h"

namespace templates {

/// The block that a candidate builds on.
struct NodeTip {
    bitcoin::BlockHash hash{};
    std::uint32_t height{};
    friend bool operator==(const NodeTip&, const NodeTip&) = default;
};

/// Whose candidates are given on, and which (ADR 18). Pure state: what is to be done is returned.
///
/// One node leads: the best one, for as long as none is better. Whoever is first with a higher tip
/// gives its candidate for it, until the leader has one. An older tip follows a newer one only when
/// the nodes agree that the newer one is gone.
class NodeChoice {
  public:
    struct Limits {
        /// The leader may be without the newest tip for as long.
        std::chrono::milliseconds follow_within{2'000};
        /// A tip that no node has any more, without one that has taken it back, is lost after.
        std::chrono::milliseconds lost_tip_after{30'000};
    };
    enum class Why {
        first,     ///< nothing was given before
        new_tip,   ///< higher than the last
        same_tip,  ///< better transactions, or another node
        reorg,     ///< the last tip is gone, the nodes agree
        lost_tip,  ///< no node has had the last tip for a while
    };
    /// What is to be given on: the newest candidate of this node.
    struct Give {
        NodeIndex node{};
        Why why{};
        friend bool operator==(const Give&, const Give&) = default;
    };

    NodeChoice(std::size_t nodes, Limits limits) : limits_(limits), nodes_(nodes) {}

    void on_candidate(NodeIndex node, const NodeTip& tip, bool is_early);
    /// The node is away, and its candidate with it.
    void on_gone(NodeIndex node);
    void set_health(NodeIndex node, Verdict verdict, Cause cause);

    /// Whether the nodes have just agreed that the tip that was given is gone, or no one has it.
    /// What is_given_up() says changes by it, so judge the nodes again before decide().
    bool give_up_tip(base::SteadyTime now);
    /// What to give on now, if anything. Call it after each of the above, and as time passes.
    std::optional<Give> decide(base::SteadyTime now);

    std::optional<NodeIndex> leader() const { return leader_; }
    /// The tip of what was given last; none before, and after it was given up.
    const std::optional<NodeTip>& tip() const { return tip_; }
    /// Whether the node is on a tip that the others have taken back.
    bool is_on_given_up_tip(NodeIndex node) const;
    /// Whether the node has no candidate on the newest tip.
    bool is_apart(NodeIndex node) const;

  private:
    struct Node {
        Verdict verdict = Verdict::refused;
        bool is_only_behind = false;  // refused for that alone
        std::optional<NodeTip> tip{};
        bool is_early = false;
        bool is_fresh = false;      // its candidate has not been given
        bool has_held_tip = false;  // the one that is given
        std::optional<base::SteadyTime> apart_since{};
    };

    bool is_usable(NodeIndex node) const { return nodes_[node].verdict != Verdict::refused; }
    bool holds_tip(NodeIndex node) const { return tip_ && nodes_[node].tip == tip_; }
    bool holds_tip_or_more(NodeIndex node) const;
    bool can_give_same(NodeIndex node) const { return is_usable(node) && holds_tip(node); }
    bool can_give_higher(NodeIndex node) const;
    bool is_taken_back() const;
    bool is_lost(base::SteadyTime now) const;
    void note_time(base::SteadyTime now);
    std::optional<NodeIndex> best(bool (NodeChoice::*is_fit)(NodeIndex) const,
                                  base::SteadyTime now) const;
    bool is_better(NodeIndex a, NodeIndex b, base::SteadyTime now) const;
    std::optional<Give> give_higher(base::SteadyTime now);
    std::optional<Give> give_same(base::SteadyTime now);
    Give give(NodeIndex node, Why why, base::SteadyTime now);

    Limits limits_;
    std::vector<Node> nodes_;
    std::optional<NodeIndex> leader_{};
    std::optional<NodeIndex> giver_{};  // of the last candidate
    std::optional<NodeTip> tip_{};
    std::optional<base::SteadyTime> unheld_since_{};  // no usable node has the tip, or more
    Why next_why_ = Why::first;                       // while there is no tip
    std::deque<bitcoin::BlockHash> given_up_{};
};

}  // namespace templates
