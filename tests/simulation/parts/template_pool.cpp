#include "simulation/parts/template_pool.h"

#include <fmt/format.h>

#include <utility>

namespace simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t replicas = 2;

}  // namespace

TemplatePool::Place::Place(World& world, Network& network, TemplateLaws& all, std::string address)
    : machine(world, network, std::move(address)), laws(all) {}

TemplatePool::TemplatePool(World& world, Network& network, RpcDirectory& directory,
                           ConnectRedisAs connect_redis, Settings settings)
    : world_(world),
      directory_(directory),
      connect_redis_(std::move(connect_redis)),
      settings_(settings),
      chance_(world.fork("template pool")),
      nodes_(world, network, settings.nodes),
      laws_(world, nodes_) {
    nodes_.add("node-a", Node::Kind::rpc);
    nodes_.add("node-b", Node::Kind::early);
    nodes_.add("node-c", Node::Kind::distribution);
    for (std::size_t i = 0; i < replicas; ++i)
        places_.push_back(
            std::make_unique<Place>(world, network, laws_, fmt::format("template-{}", i)));
    for (std::size_t i = 0; i < replicas; ++i) start(i);
    nodes_.start();
}

TemplatePool::~TemplatePool() = default;

std::vector<std::string> TemplatePool::addresses() const {
    std::vector<std::string> all;
    for (const auto& place : places_) all.push_back(place->machine.address);
    return all;
}

bool TemplatePool::can_build(std::size_t replica, mining::TemplateRef ref) const {
    const auto& place = *places_.at(replica);
    const auto* const held = place.process ? place.process->store().find(ref) : nullptr;
    return (held != nullptr && held->transactions) || place.machine.disk.has(ref);
}

void TemplatePool::kill(std::size_t replica, bool loses_power) {
    auto& place = *places_.at(replica);
    if (!place.process) return;
    world_.trace("{} is killed{}", place.machine.address, loses_power ? ", without power" : "");
    place.process.reset();
    last_kill_ = world_.now();
    if (loses_power) place.machine.disk.crash();
}

void TemplatePool::start(std::size_t replica) {
    auto& place = *places_.at(replica);
    if (place.process) return;
    auto peers = addresses();
    std::erase(peers, place.machine.address);
    place.started_at = world_.now();
    place.current = std::make_unique<TemplateLaws::Current>(laws_, place.machine.address);
    place.process = std::make_unique<TemplateReplica>(
        place.machine,
        TemplateReplica::Ports{
            .directory = directory_,
            .nodes = nodes_,
            .connect_redis =
                [this, name = place.machine.address](Life::Scheduler scheduler) {
                    return connect_redis_(name, std::move(scheduler));
                },
            .durability = settings_.durability,
            .peers = std::move(peers),
            .on_current = [&current = *place.current](
                              const auto& held) { current.on_current(held.block_template); }});
}

std::chrono::microseconds TemplatePool::span(std::chrono::milliseconds max) {
    return std::chrono::microseconds{
        chance_.below(static_cast<std::uint64_t>(std::chrono::microseconds{max}.count()))};
}

void TemplatePool::fail() {
    switch (chance_.below(6)) {
        case 0:
        case 1: {
            const auto replica = chance_.below(places_.size());
            kill(replica, chance_.happens(0.5));
            return world_.after(span(6s), [this, replica] { start(replica); });
        }
        case 2: {
            // Both at once, as when their machines share what fails.
            for (std::size_t i = 0; i < places_.size(); ++i) {
                kill(i, chance_.happens(0.5));
                world_.after(span(4s), [this, i] { start(i); });
            }
            return;
        }
        case 3: return fail_disk();
        default: return fail_node();
    }
}

void TemplatePool::fail_node() {
    auto& node = nodes_.at(chance_.below(nodes_.size()));
    switch (chance_.below(4)) {
        case 0:
            world_.trace("{} is away", node.name());
            node.stop();
            return world_.after(span(15s), [&node] { node.start(); });
        case 1: return node.lag(span(8s), span(30s));
        case 2: {
            // Some of these are so wrong that the node is refused.
            const auto offset = span(2h);
            world_.trace("the clock of {} is wrong by {} s", node.name(), offset / 1s);
            node.set_clock(chance_.happens(0.5) ? offset : -offset);
            return world_.after(span(20s), [&node] { node.set_clock({}); });
        }
        default: nodes_.fork(static_cast<std::uint32_t>(chance_.between(1, 3))); return;
    }
}

void TemplatePool::fail_disk() {
    auto& machine = places_.at(chance_.below(places_.size()))->machine;
    if (chance_.happens(0.5)) {
        world_.trace("the disk of {} is full", machine.address);
        machine.disk.fill(true);
    } else {
        machine.disk.slow_down(span(3s));
    }
    world_.after(span(10s), [&machine] { machine.disk.heal(); });
}

void TemplatePool::heal() {
    nodes_.rest();
    nodes_.heal();
    // Of two branches that are equally long each node stays on the one that came to it first.
    world_.after(2s, [this] { nodes_.find_block_of_others(); });
    for (std::size_t i = 0; i < places_.size(); ++i) {
        places_[i]->machine.disk.heal();
        start(i);
    }
}

void TemplatePool::check_healed() {
    for (const auto& place : places_)
        laws_.check_tip(place->machine.address, place->current->tip());
    laws_.check_blocks();
    std::size_t leaders = 0;
    for (const auto& place : places_)
        if (place->process && place->process->is_leading()) ++leaders;
    if (leaders != 1)
        world_.violation("leadership", fmt::format("{} replicas lead a healed pool", leaders));
    for (const auto& place : places_)
        if (const auto undelivered = place->process->solutions().undelivered(); undelivered.blocks)
            world_.violation(
                "I10",
                fmt::format("{} blocks still lie in the spool of {}, the oldest at {}",
                            undelivered.blocks, place->machine.address, undelivered.oldest_height));
}

}  // namespace simulation
