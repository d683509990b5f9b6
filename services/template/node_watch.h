#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "service/metrics.h"
#include "template/node_choice.h"
#include "template/node_health.h"
#include "template/node_metrics.h"
#include "template/nodes.h"

namespace templates {

/// Watches the nodes, judges them (node_health.h), chooses (node_choice.h) and gives on what the
/// chosen one gives; says each change in the log and in metrics. It keeps every node's newest
/// candidate, so that another one can take over at once.
///
/// Owned and called by the loop; the nodes outlive it.
class NodeWatch {
  public:
    struct Settings {
        HealthRules rules{};
        NodeChoice::Limits limits{};
    };
    struct Callbacks {
        /// Of the node that was chosen for it.
        std::function<void(NodeIndex, Candidate)> on_candidate{};
        /// Of a candidate that was given without.
        std::function<void(NodeIndex, std::uint64_t origin, Transactions)> on_transactions{};
        /// Whether any node can do its job now; if not, why each cannot. Whenever that changes.
        std::function<void(bool is_usable, std::string_view why)> on_state{};
        /// None ever will, as configured.
        std::function<void(std::string_view why)> on_unusable{};
    };

    NodeWatch(boost::asio::io_context& loop, const base::Clock& clock, Nodes& nodes,
              service::Registry& registry, Settings settings);

    void start(Callbacks callbacks);
    /// Judges and chooses anew: by itself a few times a second.
    void on_time();

    const Nodes& nodes() const { return nodes_; }
    /// As it is judged by: what it said, and what its candidates tell.
    const NodeRecord& record(NodeIndex node) const { return records_.at(node); }
    const NodeHealth& health(NodeIndex node) const { return health_.at(node); }
    /// Blocks behind the best node.
    std::uint32_t lag(NodeIndex node) const {
        return blocks_behind(records_, node, settings_.rules);
    }
    bool leads(NodeIndex node) const { return choice_.leader() == node; }

  private:
    void on_candidate(NodeIndex node, Candidate candidate);
    void on_transactions(NodeIndex node, std::uint64_t origin, Transactions transactions);
    void on_status(NodeIndex node, const NodeStatus& status);
    void on_unusable(NodeIndex node, std::string_view why);

    void complete_status(NodeIndex node);
    void judge();
    void note_health(NodeIndex node, NodeHealth health);
    void say_health(NodeIndex node) const;
    void note_leader(std::optional<NodeIndex> before);
    std::string why_leader_changed(std::optional<NodeIndex> before) const;
    void give(const NodeChoice::Give& give);
    void tell_state();
    void publish();
    std::string all_reasons() const;
    void wait();

    const base::Clock& clock_;
    Nodes& nodes_;
    Settings settings_;
    Callbacks callbacks_{};
    boost::asio::steady_timer timer_;
    NodeChoice choice_;
    std::vector<NodeRecord> records_;
    std::vector<NodeHealth> health_;
    std::vector<std::optional<Candidate>> candidates_;  // the newest of each
    std::vector<NodeMetrics> metrics_;
    // Candidates that were given without their transactions.
    std::deque<std::pair<NodeIndex, std::uint64_t>> incomplete_{};
    std::optional<NodeIndex> last_leader_{};
    std::optional<NodeTip> last_tip_{};  // of what was given
    std::optional<std::pair<bool, std::string>> told_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
