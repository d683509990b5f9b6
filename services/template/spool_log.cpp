#include "template/spool_log.h"

#include <string>

#include "base/log.h"

namespace templates {

void log_block_event(const SpooledBlock& block, const BlockEvent& event) {
    const auto hash = block.hash.value.to_be_hex();
    const bool is_whole_block = event.node.empty();
    switch (event.kind) {
        case BlockEvent::Kind::found:
            return base::log_info("block found", {{"hash", hash},
                                                  {"height", block.height},
                                                  {"channel", block.channel.value},
                                                  {"user", block.user_identity}});
        case BlockEvent::Kind::submitted:
            return base::log_debug("block submitted", {{"hash", hash}, {"node", event.node}});
        case BlockEvent::Kind::accepted:
            return base::log_info("block accepted", {{"hash", hash}, {"node", event.node}});
        case BlockEvent::Kind::side_branch:
            return base::log_warning("block is in a race: the node has another one in its place",
                                     {{"hash", hash}, {"node", event.node}});
        case BlockEvent::Kind::rejected:
            if (is_whole_block)
                return base::log_error("block lost: every node that could take it rejected it",
                                       {{"hash", hash}, {"reason", event.reason}});
            return base::log_error(
                "block rejected", {{"hash", hash}, {"node", event.node}, {"reason", event.reason}});
        case BlockEvent::Kind::unsupported:
            return base::log_info("the node cannot take this block",
                                  {{"hash", hash}, {"node", event.node}, {"reason", event.reason}});
        case BlockEvent::Kind::given_up:
            if (is_whole_block)
                return base::log_error("block lost", {{"hash", hash}, {"reason", event.reason}});
            return base::log_info("the node is not asked about a block any more",
                                  {{"hash", hash}, {"node", event.node}});
        case BlockEvent::Kind::in_chain:
            return base::log_info("block is in the chain", {{"hash", hash}});
        case BlockEvent::Kind::confirmed:
            return base::log_info("block confirmed", {{"hash", hash}});
        case BlockEvent::Kind::orphaned:
            return base::log_warning("block orphaned: another one has its place",
                                     {{"hash", hash}, {"height", block.height}});
    }
}

void count_block_event(Metrics& metrics, const Solutions::Publish& publish) {
    const auto kind = publish.event.kind;
    const bool is_lost = kind == BlockEvent::Kind::rejected || kind == BlockEvent::Kind::given_up;
    const bool is_of_chain = kind == BlockEvent::Kind::in_chain ||
                             kind == BlockEvent::Kind::confirmed ||
                             kind == BlockEvent::Kind::orphaned;
    const bool counts = is_lost ? publish.event.node.empty() : is_of_chain || publish.is_first_kind;
    if (counts) metrics.blocks.with({std::string{name_of(kind)}}).add();
    if (!publish.event.node.empty() && kind != BlockEvent::Kind::submitted)
        metrics.block_answers.with({publish.event.node, std::string{name_of(kind)}}).add();
}

void show_block_stages(Metrics& metrics) {
    using Kind = BlockEvent::Kind;
    for (const auto kind :
         {Kind::found, Kind::submitted, Kind::accepted, Kind::side_branch, Kind::rejected,
          Kind::unsupported, Kind::given_up, Kind::in_chain, Kind::confirmed, Kind::orphaned})
        metrics.blocks.with({std::string{name_of(kind)}});
    metrics.blocks.with({"no_taker"});
}

}  // namespace templates
