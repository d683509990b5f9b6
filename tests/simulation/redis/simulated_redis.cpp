#include "simulation/redis/simulated_redis.h"

#include <algorithm>

#include "simulation/redis/simulated_client.h"

namespace simulation {
namespace {

/// redis.conf: min-replicas-max-lag, as it is by default.
constexpr std::chrono::seconds replica_lag_max{10};

}  // namespace

struct SimulatedRedis::Node {
    std::size_t number = 0;
    std::unique_ptr<RedisLoop> loop{};
    bool is_linked = true;
    /// What it believes of itself.
    bool is_primary = false;
    /// Each time that it follows somebody, is deposed or dies; events of before are dropped.
    std::uint64_t turn_of_life = 0;

    // While it believes that it is the primary, and of the last primary also when it is dead.
    std::optional<RedisStore> store{};
    std::uint64_t offset = 0;

    // While it is a replica: what it has of the primary's history; nothing until it has loaded.
    std::optional<std::uint64_t> received{};
    /// What the primary knows that it has.
    std::uint64_t acknowledged = 0;
    /// Until then the primary counts on it, though it says nothing any more.
    base::SteadyTime good_until{};
    bool is_starting = false;
};

SimulatedRedis::SimulatedRedis(RedisEnvironment world, RedisSettings settings)
    : world_(std::move(world)), settings_(std::move(settings)), lines_(world_, settings_.latency) {
    world_.after = [after = std::move(world_.after), alive = std::weak_ptr{alive_}](
                       std::chrono::microseconds wait, std::function<void()> event) {
        after(wait, [alive, event = std::move(event)] {
            if (!alive.expired()) event();
        });
    };
    for (std::size_t number = 0; number <= settings_.replicas; ++number)
        nodes_.push_back(make_node(number));
    auto& first = *nodes_[0];
    first.is_primary = true;
    first.store.emplace([this] { return at_us_; }, world_.random.next_u64());
    history_.emplace(*first.store, 0, at_us_);
    for (auto& node : nodes_)
        if (!node->is_primary) node->received = 0;
}

SimulatedRedis::~SimulatedRedis() = default;

std::unique_ptr<SimulatedRedis::Node> SimulatedRedis::make_node(std::size_t number) {
    auto made = std::make_unique<Node>();
    auto* const node = made.get();
    node->number = number;
    RedisLoop::Hooks hooks;
    hooks.execute = [this, node](redis::Args&& args, std::int64_t at_us) {
        return execute(*node, std::move(args), at_us);
    };
    hooks.is_primary = [node] { return node->is_primary; };
    hooks.offset = [node] { return node->offset; };
    hooks.replicas_with = [this, node](std::uint64_t offset) {
        return replicas_with(*node, offset);
    };
    hooks.end_turn = [this, node] { replicate(*node); };
    node->loop = std::make_unique<RedisLoop>(world_, lines_, settings_.times, std::move(hooks));
    return made;
}

std::unique_ptr<redis::ProcessClient> SimulatedRedis::connect(std::string name, Schedule after) {
    return std::make_unique<SimulatedClient>(*this, world_, std::move(name), std::move(after),
                                             settings_.client);
}

std::unique_ptr<redis::ProcessClient> SimulatedRedis::connect(std::string name) {
    return connect(std::move(name), world_.after);
}

bool SimulatedRedis::is_alive(std::size_t node) const {
    return nodes_[node]->loop->is_alive();
}
bool SimulatedRedis::is_frozen(std::size_t node) const {
    return nodes_[node]->loop->is_frozen();
}

RedisStore& SimulatedRedis::data() {
    at_us_ = world_.calendar_us();
    return *nodes_[primary_]->store;
}

RedisStore SimulatedRedis::data_of_replica(std::size_t node) const {
    return history_->at(nodes_[node]->received.value_or(history_->end()));
}

// The clients' side. A Sentinel is asked first, and then the node that it names dialled.

void SimulatedRedis::dial(const ConnectionPtr& connection) {
    lines_.to_node(connection, [this, connection] {
        auto& node = *nodes_[primary_];
        connection->node = primary_;
        lines_.to_node(connection, [&node, connection] {
            node.loop->accept(connection);
            node.loop->arrive(connection, {{}, true});
        });
    });
}

void SimulatedRedis::send(const ConnectionPtr& connection, RedisConnection::Request request) {
    lines_.to_node(connection, [this, connection, request = std::move(request)]() mutable {
        nodes_[connection->node]->loop->arrive(connection, std::move(request));
    });
}

void SimulatedRedis::let_go(const ConnectionPtr& connection) {
    connection->on_reply = {};
    connection->on_lost = {};
    // Closed with something unread in its buffers it is reset, and what is on its way is lost.
    if (world_.below(2) == 0) {
        connection->is_reset = true;
        return nodes_[connection->node]->loop->close(connection);
    }
    lines_.to_node(connection,
                   [this, connection] { nodes_[connection->node]->loop->close(connection); });
}

// What a node does.

WriteRules SimulatedRedis::rules_for(const Node& node) const {
    WriteRules rules;
    rules.is_full = is_full_;
    rules.is_replica = !node.is_primary;
    if (settings_.min_replicas_to_write > 0) {
        const auto good = std::ranges::count_if(nodes_, [&](const auto& other) {
            return node.number == primary_ && other->received &&
                   (can_follow(*other) || world_.now() < other->good_until);
        });
        rules.lacks_replicas = static_cast<std::size_t>(good) < settings_.min_replicas_to_write;
    }
    return rules;
}

redis::Reply SimulatedRedis::execute(Node& node, redis::Args&& args, std::int64_t at_us) {
    if (!node.store)  // a replica, asked by somebody who has not heard that it is one
        return {redis::Reply::ErrorText{"READONLY You can't write against a read only replica."}};
    at_us_ = at_us;
    node.store->set_rules(rules_for(node));
    const auto before = node.store->changes();
    auto reply = node.store->execute(args);
    if (node.store->changes() == before) return reply;
    ++node.offset;
    if (node.number == primary_ && nodes_.size() > 1)
        history_->add({std::move(args), at_us, node.store->rules()});
    return reply;
}

std::int64_t SimulatedRedis::replicas_with(const Node& node, std::uint64_t offset) const {
    if (node.number != primary_) return 0;  // its replicas follow another one
    return std::ranges::count_if(nodes_, [&](const auto& other) {
        return other->number != primary_ && other->received && other->acknowledged >= offset;
    });
}

// Replication.

void SimulatedRedis::replicate(const Node& from) {
    if (from.number != primary_ || nodes_.size() == 1) return;
    for (auto& node : nodes_)
        if (node->number != primary_ && node->received && *node->received < from.offset)
            send_to_replica(*node, settings_.replica_latency);
    let_history_go();
}

void SimulatedRedis::send_to_replica(Node& replica, Spread wait) {
    world_.after(wait.draw(world_),
                 [this, &replica, turn = replica.turn_of_life, offset = nodes_[primary_]->offset] {
                     if (turn == replica.turn_of_life) receive(replica, offset);
                 });
}

bool SimulatedRedis::can_follow(const Node& node) const {
    return node.number != primary_ && node.loop->is_alive() && !node.loop->is_frozen() &&
           node.is_linked && is_alive(primary_);
}

void SimulatedRedis::receive(Node& replica, std::uint64_t offset) {
    if (!can_follow(replica)) return;
    replica.received = std::max(replica.received.value_or(0), offset);
    world_.after(settings_.replica_latency.draw(world_),
                 [this, &replica, turn = replica.turn_of_life, offset] {
                     if (turn == replica.turn_of_life) acknowledge(replica, offset);
                 });
}

void SimulatedRedis::acknowledge(Node& replica, std::uint64_t offset) {
    auto& primary = *nodes_[primary_];
    if (!can_follow(replica) || primary.loop->is_frozen()) return;
    replica.acknowledged = std::max(replica.acknowledged, offset);
    primary.loop->look_at_waits();
}

void SimulatedRedis::let_history_go() {
    auto least = history_->end();
    for (const auto& node : nodes_)
        if (node->number != primary_ && node->received) least = std::min(least, *node->received);
    history_->let_go_before(least, *nodes_[primary_]->store);
}

/// It asks the primary for all that it lacks; one that takes itself for the primary is deposed
/// first.
void SimulatedRedis::follow(Node& node) {
    if (node.is_primary) return;
    ++node.turn_of_life;
    node.acknowledged = 0;
    if (can_follow(node)) send_to_replica(node, settings_.load);
}

// Faults.

void SimulatedRedis::kill(std::size_t number) {
    auto& node = *nodes_[number];
    if (!node.loop->is_alive()) return;
    node.loop->kill();
    ++node.turn_of_life;
    node.good_until = {};
}

void SimulatedRedis::start(std::size_t number) {
    auto& node = *nodes_[number];
    if (node.loop->is_alive() || std::exchange(node.is_starting, true)) return;
    world_.after(settings_.load.draw(world_), [this, &node] {
        node.is_starting = false;
        node.loop->start();
        if (node.number == primary_) {
            node.store->forget_scripts();
            for (auto& other : nodes_)
                if (other->number != primary_) follow(*other);
            return;
        }
        if (node.is_primary) return depose_soon(node);
        follow(node);
    });
}

void SimulatedRedis::freeze(std::size_t number) {
    if (!is_alive(number)) return;
    nodes_[number]->loop->freeze();
    nodes_[number]->good_until = world_.now() + replica_lag_max;
}

void SimulatedRedis::thaw(std::size_t number) {
    auto& node = *nodes_[number];
    if (!node.loop->is_frozen()) return;
    node.loop->thaw();
    if (number == primary_) {
        for (auto& other : nodes_)
            if (other->number != primary_) follow(*other);
    } else if (node.is_primary) {
        depose_soon(node);
    } else {
        follow(node);
    }
}

bool SimulatedRedis::fail_over(bool may_lose_confirmed) {
    Node* best = nullptr;
    std::uint64_t most = 0;
    for (auto& node : nodes_) {
        if (node->number == primary_ || !node->received) continue;
        most = std::max(most, *node->received);
        const bool can = node->loop->is_alive() && !node->loop->is_frozen();
        if (can && (best == nullptr || *node->received > *best->received)) best = node.get();
    }
    if (best == nullptr || (*best->received < most && !may_lose_confirmed)) return false;
    promote(*best);
    return true;
}

void SimulatedRedis::promote(Node& node) {
    auto& old = *nodes_[primary_];
    node.store = history_->at(*node.received);
    node.store->forget_scripts();
    node.offset = *node.received;
    node.received.reset();
    node.is_primary = true;
    ++node.turn_of_life;
    primary_ = node.number;
    ++failovers_;
    history_.emplace(*node.store, node.offset, at_us_);
    for (auto& other : nodes_) {
        if (other->number == primary_) continue;
        // Until it has loaded, nobody can make it the primary.
        other->received.reset();
        if (other->is_primary) continue;
        follow(*other);
    }
    if (old.loop->is_alive() && !old.loop->is_frozen()) depose_soon(old);
}

/// Sentinel finds a primary that it has named no more, and makes it a replica of the one that it
/// names.
void SimulatedRedis::depose_soon(Node& node) {
    ++node.turn_of_life;
    world_.after(settings_.depose.draw(world_), [this, &node, turn = node.turn_of_life] {
        if (turn != node.turn_of_life || node.number == primary_ || !node.loop->is_alive() ||
            node.loop->is_frozen())
            return;
        node.is_primary = false;
        node.store.reset();
        node.loop->drop_connections("this Redis is a replica now");
        follow(node);
    });
}

void SimulatedRedis::cut_replica(std::size_t number) {
    if (std::exchange(nodes_[number]->is_linked, false))
        nodes_[number]->good_until = world_.now() + replica_lag_max;
}

void SimulatedRedis::heal_replica(std::size_t number) {
    auto& node = *nodes_[number];
    if (std::exchange(node.is_linked, true) || node.is_primary) return;
    follow(node);
}

void SimulatedRedis::heal() {
    set_full(false);
    set_fsync(RedisTimes{}.fsync);
    for (const auto& node : nodes_) {
        heal_replica(node->number);
        thaw(node->number);
        start(node->number);
    }
    lines_.heal_all();
}

}  // namespace simulation
