#include "template/nodes.h"

#include <utility>

namespace templates {

Nodes::Nodes(std::vector<Node> nodes) : nodes_(std::move(nodes)), status_(nodes_.size()) {}

void Nodes::start(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    for (NodeIndex node = 0; node < nodes_.size(); ++node)
        nodes_[node].source->start(
            {.on_candidate =
                 [this, node](Candidate candidate) {
                     callbacks_.on_candidate(node, std::move(candidate));
                 },
             .on_transactions =
                 [this, node](std::uint64_t origin, Transactions transactions) {
                     callbacks_.on_transactions(node, origin, std::move(transactions));
                 },
             .on_status =
                 [this, node](NodeStatus status) {
                     status_[node] = std::move(status);
                     callbacks_.on_status(node, status_[node]);
                 },
             .on_unusable = [this,
                             node](std::string_view why) { callbacks_.on_unusable(node, why); }});
}

void Nodes::submit(NodeIndex node, SolvedBlock block, Source::OnSubmitted on_submitted) {
    nodes_.at(node).source->submit_block(std::move(block), std::move(on_submitted));
}

void Nodes::find_block(NodeIndex node, const bitcoin::BlockHash& hash, Source::OnFound on_found) {
    nodes_.at(node).source->find_block(hash, std::move(on_found));
}

}  // namespace templates
