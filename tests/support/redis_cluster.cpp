#include "support/redis_cluster.h"

#include <chrono>
#include <map>
#include <stdexcept>
#include <thread>

#include "redis/slot.h"
#include "redis/slot_map.h"

namespace test_support {
namespace {

constexpr std::size_t primaries = 3;
// Nodes ask each other twice in that time: short enough for them to get to know each other soon.
constexpr std::chrono::seconds node_timeout_at_first{5};
constexpr std::chrono::minutes node_timeout{2};

template <class Claim>
void wait_for(Claim claim, const char* what) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!claim()) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error(std::string{"waited too long for "} + what);
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

}  // namespace

RedisCluster::RedisCluster() {
    for (std::size_t i = 0; i < 2 * primaries; ++i)
        nodes_.push_back(std::make_unique<RedisServer>(std::vector<std::string>{
            "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf",
            "--cluster-node-timeout",
            std::to_string(std::chrono::milliseconds{node_timeout_at_first}.count()),
            "--cluster-port", std::to_string(free_port()),
            // A replica is named once it has got something, if only a ping.
            "--repl-ping-replica-period", "1", "--cluster-require-full-coverage", "no",
            "--cluster-allow-replica-migration", "no", "--appendonly", "yes", "--appendfsync",
            "always"}));
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        run(node(i), {"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    for (std::size_t i = 0; i < primaries; ++i)
        run(node(i), {"CLUSTER", "ADDSLOTSRANGE", std::to_string(i * redis::slot_count / primaries),
                      std::to_string((i + 1) * redis::slot_count / primaries - 1)});
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
        const auto port = run(node(i), {"CONFIG", "GET", "cluster-port"});
        for (std::size_t j = 0; j < i; ++j)
            run(node(j), {"CLUSTER", "MEET", "127.0.0.1", std::to_string(node(i).port()),
                          std::string{port.string_at(1)}});
    }
    wait_for(
        [this] {
            for (const auto& node : nodes_) {
                const auto info = node->run({"CLUSTER", "INFO"});
                const auto known = node->run({"CLUSTER", "NODES"});
                if (info.string() == nullptr || known.string() == nullptr ||
                    info.string()->find("cluster_state:ok") == std::string::npos ||
                    info.string()->find("cluster_known_nodes:6") == std::string::npos ||
                    known.string()->find("handshake") != std::string::npos)
                    return false;
            }
            return true;
        },
        "the nodes to know each other");
    for (std::size_t i = 0; i < primaries; ++i)
        run(node(primaries + i), {"CLUSTER", "REPLICATE", id_of(node(i))});
    wait_for([this] { return is_whole(); }, "the replicas to follow");
    set_node_timeout(node_timeout);
}

redis::Reply RedisCluster::run(const RedisServer& node, const redis::Args& args) {
    auto reply = node.run(args);
    if (reply.error() != nullptr)
        throw std::runtime_error(args[0] + " at " + redis::to_string(node.address()) + ": " +
                                 reply.error()->text);
    return reply;
}

std::string RedisCluster::id_of(const RedisServer& node) {
    return *run(node, {"CLUSTER", "MYID"}).string();
}

std::vector<redis::Address> RedisCluster::addresses() const {
    std::vector<redis::Address> addresses;
    for (const auto& node : nodes_) addresses.push_back(node->address());
    return addresses;
}

RedisServer& RedisCluster::primary_of(std::string_view key) {
    std::map<std::uint16_t, int> votes;
    for (const auto& node : nodes_) {
        const auto map = redis::SlotMap::from(node->run({"CLUSTER", "SLOTS"}), node->address());
        const auto* owner = map ? map->owner(redis::slot_of(key)) : nullptr;
        if (owner != nullptr && ++votes[owner->port] > 2)
            for (const auto& one : nodes_)
                if (one->port() == owner->port) return *one;
    }
    throw std::runtime_error("nobody has the slot of " + std::string{key});
}

RedisServer& RedisCluster::other_primary(std::string_view key) {
    const auto& one = primary_of(key);
    for (const auto& node : nodes_)
        if (node.get() != &one && node->run({"ROLE"}).string_at(0) == "master") return *node;
    throw std::runtime_error("there is no other primary");
}

RedisServer& RedisCluster::replica_of(const RedisServer& primary) {
    for (const auto& node : nodes_) {
        const auto role = node->run({"ROLE"});
        if (role.string_at(0) != "slave") continue;
        if (*(*role.array())[2].integer() == primary.port()) return *node;
    }
    throw std::runtime_error("it has no replica");
}

bool RedisCluster::is_whole() {
    std::size_t following = 0;
    for (const auto& node : nodes_) {
        const auto map = redis::SlotMap::from(node->run({"CLUSTER", "SLOTS"}), node->address());
        if (!map || map->primaries().size() != primaries || map->replicas().size() != primaries)
            return false;
        const auto info = node->run({"INFO", "replication"});
        if (info.string() == nullptr) return false;
        if (info.string()->find("role:master") != std::string::npos &&
            info.string()->find("state=online") != std::string::npos)
            ++following;
    }
    return following == primaries;
}

void RedisCluster::set_node_timeout(std::chrono::milliseconds timeout) {
    for (const auto& node : nodes_)
        if (node->is_running())
            run(*node, {"CONFIG", "SET", "cluster-node-timeout", std::to_string(timeout.count())});
}

void RedisCluster::begin_migration(std::uint16_t slot, RedisServer& from, RedisServer& to) {
    run(to, {"CLUSTER", "SETSLOT", std::to_string(slot), "IMPORTING", id_of(from)});
    run(from, {"CLUSTER", "SETSLOT", std::to_string(slot), "MIGRATING", id_of(to)});
}

void RedisCluster::migrate_keys(const std::vector<std::string>& keys, RedisServer& from,
                                RedisServer& to) {
    redis::Args args{"MIGRATE", "127.0.0.1", std::to_string(to.port()), "", "0", "5000", "KEYS"};
    args.insert(args.end(), keys.begin(), keys.end());
    run(from, args);
}

void RedisCluster::end_migration(std::uint16_t slot, RedisServer& from, RedisServer& to) {
    for (;;) {
        const auto left = run(from, {"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), "100"});
        std::vector<std::string> keys;
        for (const auto& key : *left.array()) keys.push_back(*key.string());
        if (keys.empty()) break;
        migrate_keys(keys, from, to);
    }
    const auto id = id_of(to);
    for (auto* node : {&to, &from})
        run(*node, {"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", id});
}

}  // namespace test_support
