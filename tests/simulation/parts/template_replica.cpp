#include "simulation/parts/template_replica.h"

#include <fmt/format.h>

#include <utility>

namespace simulation {
namespace {

using namespace std::chrono_literals;

// Zstd at work on a few transactions, and another process that wants the core.
constexpr auto compression = 300us;

}  // namespace

TemplateMachine::TemplateMachine(World& world, Network& network, std::string name)
    : address(std::move(name)), host(network.host(address)), clock(world), disk(world, address) {}

TemplateReplica::TemplateReplica(TemplateMachine& machine, Ports ports)
    : machine_(machine),
      ports_(std::move(ports)),
      life_(ports_.nodes.world()),
      chance_(life_.world().fork(fmt::format("{} {}", machine.address, ++machine.starts))),
      loop_(life_.world().loop()),
      nodes_(connect_nodes()),
      watch_(loop_, machine.clock, nodes_, registry_, {}),
      redis_(ports_.connect_redis(guarded(life_, guard_))),
      lease_(loop_, machine.clock, *redis_, metrics_,
             {.leadership = {},
              .durability = ports_.durability,
              .owner = fmt::format("{}/{}", machine.address, machine.starts)}),
      hub_({}, metrics_),
      compressor_(life_, [] { return compression; }),
      template_files_(machine.disk),
      template_writer_(life_, SimulatedBackground::as_slow_as(machine.disk)),
      template_disk_(loop_, template_files_, template_writer_),
      archive_(loop_, *redis_, store_, compressor_, template_disk_, metrics_,
               {.durability = ports_.durability}),
      feed_(loop_, machine.clock, store_, hub_, archive_, metrics_, {}),
      peers_(loop_, chance_, feed_, metrics_, dial_templates(ports_.directory, machine.host, life_),
             [this] { lease_.ask_soon(); }),
      block_stream_(loop_, *redis_, chance_, metrics_, {.durability = ports_.durability}),
      files_(machine.disk),
      disk_(life_, SimulatedBackground::as_slow_as(machine.disk)),
      spool_(loop_, machine.clock, chance_,
             {.nodes = nodes_,
              .metrics = metrics_,
              .stage = stage_,
              .files = files_,
              .disk = disk_,
              .publish = [this](auto entry) { block_stream_.append(std::move(entry)); }},
             {}),
      block_watch_(loop_, machine.clock, nodes_, spool_),
      desk_(machine.clock, feed_, spool_),
      server_(ports_.directory, machine.address, machine.host, life_,
              {.feed = feed_, .hub = hub_, .desk = desk_}) {
    start();
}

TemplateReplica::~TemplateReplica() {
    template_files_.kill();
    files_.kill();
}

templates::Nodes TemplateReplica::connect_nodes() {
    std::vector<templates::Nodes::Node> made;
    for (std::size_t i = 0; i < ports_.nodes.size(); ++i) {
        auto& node = ports_.nodes.at(i);
        made.push_back({.name = node.name(),
                        .kind = "simulated",
                        .address = node.name(),
                        .source = std::make_unique<NodeSource>(life_, machine_.host, machine_.clock,
                                                               node, ports_.nodes.network())});
    }
    return templates::Nodes{std::move(made)};
}

templates::NodeWatch::Callbacks TemplateReplica::from_nodes() {
    return {
        .on_candidate =
            [this](auto node, auto candidate) {
                const auto& tip = candidate.block_template.tip;
                block_watch_.on_tip(tip.prev_hash, tip.height - 1);
                feed_.on_candidate(node, std::move(candidate));
            },
        .on_transactions =
            [this](auto node, auto name, const auto& transactions) {
                feed_.on_transactions({.node = node, .name = name}, transactions);
            },
        .on_state = [this](bool is_usable, std::string_view) { feed_.on_node_state(is_usable); },
        .on_unusable = [](std::string_view) {}};
}

void TemplateReplica::start() {
    feed_.on_change([this] {
        if (const auto* const current = store_.current()) ports_.on_current(*current);
    });
    feed_.start({.on_first = [] {},
                 .on_ability = [this] { lease_.ask_soon(); },
                 .on_epoch_seen = [this](mining::Epoch epoch) { lease_.on_epoch_seen(epoch); },
                 .on_exhausted = [this] { lease_.on_exhausted(); }});
    peers_.set(ports_.peers);
    peers_.start();
    lease_.start({.is_able = [this] { return feed_.is_able(); },
                  .on_begin =
                      [this](mining::Epoch epoch) {
                          life_.world().trace("{} leads under epoch {}", machine_.address,
                                              epoch.value);
                          feed_.begin_epoch(epoch);
                      },
                  .on_end = [this] { feed_.end_epoch(); }});
    block_stream_.on_written([this](const auto& entry) { spool_.on_published(entry); });
    spool_.recover();
    block_watch_.start();
    watch_.start(from_nodes());
}

}  // namespace simulation
