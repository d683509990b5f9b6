#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "template/source.h"

namespace templates {

/// The nodes behind this replica, as they are: blocks go to any of them, and what each says comes
/// with its index. Whose templates are used is NodeWatch's to choose. Owned and called by the loop.
class Nodes {
  public:
    struct Node {
        std::string name{};     ///< for operators
        std::string kind{};     ///< as configured: "bitcoind"
        std::string address{};  ///< where it is, without secrets
        std::unique_ptr<Source> source{};
    };
    /// See Source::Callbacks.
    struct Callbacks {
        std::function<void(NodeIndex, Candidate)> on_candidate{};
        std::function<void(NodeIndex, std::uint64_t origin, Transactions)> on_transactions{};
        std::function<void(NodeIndex, const NodeStatus&)> on_status{};
        std::function<void(NodeIndex, std::string_view why)> on_unusable{};
    };

    /// At least one.
    explicit Nodes(std::vector<Node> nodes);

    void start(Callbacks callbacks);

    std::size_t size() const { return nodes_.size(); }
    std::string_view name(NodeIndex node) const { return nodes_.at(node).name; }
    std::string_view kind(NodeIndex node) const { return nodes_.at(node).kind; }
    std::string_view address(NodeIndex node) const { return nodes_.at(node).address; }
    /// What it said last.
    const NodeStatus& status(NodeIndex node) const { return status_.at(node); }

    /// See Source.
    void submit(NodeIndex node, SolvedBlock block, Source::OnSubmitted on_submitted);
    void find_block(NodeIndex node, const bitcoin::BlockHash& hash, Source::OnFound on_found);

  private:
    std::vector<Node> nodes_;
    std::vector<NodeStatus> status_;
    Callbacks callbacks_{};
};

}  // namespace templates
