#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "template/source.h"

namespace templates {

/// Which of the nodes, in the order of the configuration.
using NodeIndex = std::size_t;

/// The nodes behind this replica. Templates come from one of them at a time, blocks go to any.
/// Owned and called by the loop.
class Nodes {
  public:
    struct Node {
        std::string name{};  ///< for operators
        std::unique_ptr<Source> source{};
    };
    struct Callbacks {
        /// Of the node that is in use.
        std::function<void(NodeIndex, Candidate)> on_candidate{};
        std::function<void(NodeIndex, std::uint64_t origin, Transactions)> on_transactions{};
        /// Whether any node can do its job now, and why not.
        std::function<void(bool is_usable, std::string_view why)> on_state{};
        /// None ever will, as configured.
        std::function<void(std::string_view why)> on_unusable{};
    };

    /// At least one.
    explicit Nodes(std::vector<Node> nodes);

    void start(Callbacks callbacks);

    std::size_t size() const { return nodes_.size(); }
    std::string_view name(NodeIndex node) const { return nodes_.at(node).name; }
    const NodeStatus& status(NodeIndex node) const { return status_.at(node); }

    /// See Source.
    void submit(NodeIndex node, SolvedBlock block, Source::OnSubmitted on_submitted);
    void find_block(NodeIndex node, const bitcoin::BlockHash& hash, Source::OnFound on_found);

  private:
    void on_status(NodeIndex node, NodeStatus status);

    std::vector<Node> nodes_;
    std::vector<NodeStatus> status_;
    Callbacks callbacks_{};
};

}  // namespace templates
