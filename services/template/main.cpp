#include <fmt/format.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include "base/clock.h"
#include "base/random.h"
#include "ledger/redis_metrics.h"
#include "redis/hiredis_client.h"
#include "service/chassis.h"
#include "service/process.h"
#include "template/block_stream.h"
#include "template/block_watch.h"
#include "template/config.h"
#include "template/feed.h"
#include "template/leader_lease.h"
#include "template/node_watch.h"
#include "template/peers.h"
#include "template/rpc_service.h"
#include "template/spool.h"
#include "template/template_distribution.h"

namespace {

void run(const templates::Config& config) {
    base::SystemClock clock;
    base::SystemRandom random;
    service::Chassis chassis{"template", config.chassis, clock};
    auto& loop = chassis.loop();
    auto& health = chassis.health();

    auto metrics = templates::make_metrics(chassis.metrics());
    templates::Nodes nodes{
        templates::make_nodes(config.nodes, {loop.context(), clock, random, chassis.metrics()})};
    templates::NodeWatch watch{loop.context(), clock, nodes, chassis.metrics(), config.watch};
    redis::HiredisClient redis{loop.context(), config.ledger.redis, clock, random};
    templates::LeaderLease lease{
        loop.context(),
        clock,
        redis,
        metrics,
        {.leadership = config.leadership,
         .durability = config.ledger.durability,
         .owner = fmt::format("{}/{:016x}", service::to_string(config.chassis.grpc),
                              random.next_u64())}};
    templates::TemplateStore store;
    templates::StreamHub hub{{}, metrics};
    templates::Archive archive{loop.context(), redis, store, metrics, config.archive};
    templates::Feed feed{loop.context(), clock, store, hub, archive, metrics, config.feed};
    templates::Peers peers{loop.context(), random,          feed,
                           metrics,        config.replicas, [&] { lease.ask_soon(); }};
    templates::BlockStream block_stream{loop.context(), redis, random, metrics,
                                        config.spool.stream(config.ledger.durability)};
    templates::Spool spool{
        loop.context(),
        clock,
        random,
        {.nodes = nodes,
         .metrics = metrics,
         .stage = chassis.watchdog().add_stage("block", templates::block_wait_max),
         .publish = [&](auto entry) { block_stream.append(std::move(entry)); }},
        config.spool.spool};
    templates::BlockWatch block_watch{loop.context(), clock, nodes, spool};
    templates::RpcService rpc{loop.context(), clock, feed, hub, spool, watch};
    std::optional<templates::TemplateDistribution> distribution;
    if (config.template_distribution) {
        distribution.emplace(*config.template_distribution, clock, random, chassis, feed.store(),
                             spool);
        feed.on_change([&] { distribution->on_change(); });
    }

    health.set_not_ready("epoch", "Redis has not given one yet, and no other replica leads");
    health.set_not_ready("template", "no node has given one yet, and no other replica");
    ledger::publish_redis(chassis.metrics(), redis);
    chassis.metrics().on_collect([&] {
        hub.publish_backlog();
        spool.publish_gauges();
        lease.publish_metrics();
        feed.publish_metrics();
    });
    feed.start({.on_first =
                    [&] {
                        health.set_ready("epoch");
                        health.set_ready("template");
                    },
                .on_ability = [&] { lease.ask_soon(); },
                .on_epoch_seen = [&](mining::Epoch epoch) { lease.on_epoch_seen(epoch); },
                .on_exhausted = [&] { lease.on_exhausted(); }});

    peers.start();
    lease.start({.is_able = [&] { return feed.is_able(); },
                 .on_begin = [&](mining::Epoch epoch) { feed.begin_epoch(epoch); },
                 .on_end = [&] { feed.end_epoch(); }});
    std::string unusable;
    block_stream.on_written([&](const auto& entry) { spool.on_published(entry); });
    spool.recover();
    block_watch.start();
    watch.start({.on_candidate =
                     [&](auto node, auto candidate) {
                         const auto& tip = candidate.block_template.tip;
                         block_watch.on_tip(tip.prev_hash, tip.height - 1);
                         feed.on_candidate(node, std::move(candidate));
                     },
                 .on_transactions =
                     [&](auto node, auto name, const auto& transactions) {
                         feed.on_transactions({.node = node, .name = name}, transactions);
                     },
                 .on_state =
                     [&](bool is_usable, std::string_view why) {
                         feed.on_node_state(is_usable);
                         if (is_usable)
                             health.set_ready("node");
                         else
                             health.set_not_ready("node", why);
                     },
                 .on_unusable =
                     [&](std::string_view why) {
                         unusable = why;
                         chassis.stop(why);
                     }});
    if (distribution) distribution->start();
    chassis.run({&rpc}, [&] {
        if (distribution) distribution->close();
        // The others lead as soon as they see the streams end.
        lease.stop([&] {
            hub.close();
            chassis.drained();
        });
    });
    if (!unusable.empty()) throw std::runtime_error{unusable};
}

}  // namespace

int main(int argc, char** argv) {
    return service::run_service("template", argc, argv, templates::load_config, run);
}
