#include <fmt/format.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include "base/clock.h"
#include "base/random.h"
#include "control/control_service.h"
#include "ledger/redis_metrics.h"
#include "ledger/redis_problem.h"
#include "redis/process_client.h"
#include "service/chassis.h"
#include "service/name_watch.h"
#include "service/own_address.h"
#include "service/process.h"
#include "template/block_stream.h"
#include "template/block_watch.h"
#include "template/config.h"
#include "template/feed.h"
#include "template/leader_lease.h"
#include "template/node_watch.h"
#include "template/peers.h"
#include "template/problem_watch.h"
#include "template/rpc_service.h"
#include "template/spool.h"
#include "template/template_distribution.h"

namespace {

/// Several replicas may share one list: each leaves itself out.
service::NameWatch::Addresses without_itself(const templates::Config& config,
                                             service::NameWatch::Addresses addresses) {
    const auto own = service::interface_addresses();
    std::erase_if(addresses, [&](const service::Endpoint& address) {
        return service::reaches_itself(config.chassis.grpc, address, own);
    });
    return addresses;
}

/// Everything that the service is made of, in the order in which it comes to be.
struct Parts {
    const templates::Config& config;
    service::Chassis& chassis;
    const base::Clock& clock;
    base::Random& random;

    boost::asio::io_context& loop = chassis.loop().context();
    templates::Metrics metrics = templates::make_metrics(chassis.metrics());
    templates::Nodes nodes{
        templates::make_nodes(config.nodes, {loop, clock, random, chassis.metrics()})};
    templates::NodeWatch watch{loop, clock, nodes, chassis.metrics(), config.watch};
    std::unique_ptr<redis::ProcessClient> redis_client =
        redis::make_client(loop, config.ledger.redis, clock, random);
    redis::ProcessClient& redis = *redis_client;
    templates::LeaderLease lease{
        loop,
        clock,
        redis,
        metrics,
        {.leadership = config.leadership,
         .durability = config.ledger.durability,
         .owner = fmt::format("{}/{:016x}", service::to_string(config.chassis.grpc),
                              random.next_u64())}};
    templates::TemplateStore store{};
    templates::StreamHub hub{{}, metrics};
    templates::BackgroundThread compressor{};
    templates::TemplateFolder template_folder{config.spool.folder};
    templates::BackgroundThread template_writer{};
    templates::TemplateDisk template_disk{loop, template_folder, template_writer};
    templates::Archive archive{loop,          redis,   store,         compressor,
                               template_disk, metrics, config.archive};
    templates::Feed feed{loop, clock, store, hub, archive, metrics, config.feed};
    templates::Peers peers{
        loop, random, feed, metrics, rpc::grpc_template_links(loop), [this] { lease.ask_soon(); }};
    service::NameWatch peer_names{loop, config.replicas, [this](const auto& addresses) {
                                      peers.set(texts(without_itself(config, addresses)));
                                  }};
    templates::BlockStream block_stream{loop, redis, random, metrics,
                                        config.spool.stream(config.ledger.durability)};
    templates::SpoolFolder spool_folder{config.spool.folder};
    templates::BackgroundThread disk{};
    templates::Spool spool{
        loop,
        clock,
        random,
        {.nodes = nodes,
         .metrics = metrics,
         .stage = chassis.watchdog().add_stage("block", templates::block_wait_max),
         .files = spool_folder,
         .disk = disk,
         .publish =
             [this](auto entry) {
                 chassis.watchdog().event("block event at height", entry.height);
                 block_stream.append(std::move(entry));
             }},
        config.spool.spool};
    templates::BlockWatch block_watch{loop, clock, nodes, spool};
    templates::TemplateDesk desk{clock, feed, spool};
    templates::RpcService rpc{loop, desk, feed, hub, spool, watch};
    control::ControlService control{chassis};
    std::optional<templates::TemplateDistribution> distribution{};
    std::string unusable{};  // why no node ever will do
};

void report(Parts& parts) {
    auto& health = parts.chassis.health();
    health.set_not_ready("epoch", "Redis has not given one yet, and no other replica leads");
    health.set_not_ready("template", "no node has given one yet, and no other replica");
    ledger::publish_redis(parts.chassis.metrics(), parts.redis);
    auto& problems = parts.chassis.problems();
    ledger::watch_redis(problems, parts.redis, parts.config.ledger.redis,
                        service::Problems::Severity::warning,
                        "no other replica can take over, and what happens to blocks is not told");
    templates::watch_problems(problems, {.clock = parts.clock,
                                         .nodes = parts.watch,
                                         .lease = parts.lease,
                                         .spool = parts.spool,
                                         .is_able = [&parts] { return parts.feed.is_able(); }});
    parts.chassis.metrics().on_collect([&parts] {
        parts.hub.publish_backlog();
        parts.spool.publish_gauges();
        parts.lease.publish_metrics();
        parts.feed.publish_metrics();
    });
}

/// From the nodes to the feed.
templates::NodeWatch::Callbacks from_nodes(Parts& parts) {
    return {.on_candidate =
                [&parts](auto node, auto candidate) {
                    const auto& tip = candidate.block_template.tip;
                    parts.chassis.watchdog().event("candidate at height", tip.height);
                    parts.block_watch.on_tip(tip.prev_hash, tip.height - 1);
                    parts.feed.on_candidate(node, std::move(candidate));
                },
            .on_transactions =
                [&parts](auto node, auto name, const auto& transactions) {
                    parts.feed.on_transactions({.node = node, .name = name}, transactions);
                },
            .on_state =
                [&parts](bool is_usable, std::string_view why) {
                    parts.feed.on_node_state(is_usable);
                    if (is_usable)
                        parts.chassis.health().set_ready("node");
                    else
                        parts.chassis.health().set_not_ready("node", why);
                },
            .on_unusable =
                [&parts](std::string_view why) {
                    parts.unusable = why;
                    parts.chassis.stop(why);
                }};
}

void start(Parts& parts) {
    auto& health = parts.chassis.health();
    if (parts.config.template_distribution) {
        parts.distribution.emplace(*parts.config.template_distribution, parts.clock, parts.random,
                                   parts.chassis, parts.feed.store(), parts.spool);
        parts.feed.on_change([&parts] { parts.distribution->on_change(); });
    }
    parts.feed.start(
        {.on_first =
             [&health] {
                 health.set_ready("epoch");
                 health.set_ready("template");
             },
         .on_ability = [&parts] { parts.lease.ask_soon(); },
         .on_epoch_seen = [&parts](mining::Epoch epoch) { parts.lease.on_epoch_seen(epoch); },
         .on_exhausted = [&parts] { parts.lease.on_exhausted(); }});
    parts.peer_names.start();
    parts.peers.start();
    parts.lease.start({.is_able = [&parts] { return parts.feed.is_able(); },
                       .on_begin = [&parts](mining::Epoch epoch) { parts.feed.begin_epoch(epoch); },
                       .on_end = [&parts] { parts.feed.end_epoch(); }});
    parts.block_stream.on_written([&parts](const auto& entry) { parts.spool.on_published(entry); });
    parts.spool.recover();
    parts.block_watch.start();
    parts.watch.start(from_nodes(parts));
    if (parts.distribution) parts.distribution->start();
}

void run(const templates::Config& config) {
    base::SystemClock clock;
    base::SystemRandom random;
    service::Chassis chassis{"template", config.chassis, clock};
    Parts parts{.config = config, .chassis = chassis, .clock = clock, .random = random};
    report(parts);
    start(parts);
    chassis.run({&parts.rpc, &parts.control}, [&parts] {
        if (parts.distribution) parts.distribution->close();
        // The others lead as soon as they see the streams end.
        parts.lease.stop([&parts] {
            parts.hub.close();
            parts.chassis.drained();
        });
    });
    if (!parts.unusable.empty()) throw std::runtime_error{parts.unusable};
}

}  // namespace

int main(int argc, char** argv) {
    return service::run_service("template", argc, argv, templates::load_config, run);
}
