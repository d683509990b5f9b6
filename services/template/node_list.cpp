#include "template/node_list.h"

#include "rpc/template_codec.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;

proto::Node::Verdict to_proto(Verdict verdict) {
    switch (verdict) {
        case Verdict::usable: return proto::Node::VERDICT_USABLE;
        case Verdict::poor: return proto::Node::VERDICT_POOR;
        case Verdict::refused: return proto::Node::VERDICT_REFUSED;
    }
    return proto::Node::VERDICT_UNSPECIFIED;
}

void write_status(const NodeStatus& status, proto::Node& node) {
    node.set_is_reachable(status.is_reachable);
    node.set_software(status.software);
    node.set_news(status.news);
    if (status.network) node.set_chain(std::string{bitcoin::chain_name(*status.network)});
    if (status.height) node.set_height(*status.height);
    if (status.tip) node.set_tip(rpc::write_uint256(status.tip->value));
    if (status.tip_time) node.set_tip_time(*status.tip_time);
    if (status.header_height) node.set_header_height(*status.header_height);
    if (status.peers) node.set_peers(*status.peers);
    if (status.is_initial_download) node.set_is_initial_download(*status.is_initial_download);
    if (status.is_pruned) node.set_is_pruned(*status.is_pruned);
    if (status.clock_offset) node.set_clock_offset_seconds(status.clock_offset->count());
}

}  // namespace

proto::ListNodesResponse list_nodes(const NodeWatch& watch) {
    proto::ListNodesResponse response;
    for (NodeIndex i = 0; i < watch.nodes().size(); ++i) {
        auto& node = *response.add_nodes();
        node.set_name(std::string{watch.nodes().name(i)});
        node.set_kind(std::string{watch.nodes().kind(i)});
        node.set_address(std::string{watch.nodes().address(i)});
        if (const auto& status = watch.record(i).status) write_status(*status, node);
        const auto& health = watch.health(i);
        node.set_verdict(to_proto(health.verdict));
        node.set_reason(health.reason);
        node.set_leads(watch.leads(i));
        node.set_blocks_behind(watch.lag(i));
    }
    return response;
}

}  // namespace templates
