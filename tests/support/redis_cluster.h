#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/redis_server.h"

namespace test_support {

/// A Redis Cluster of its own for one test: three primaries, each with a third of the slots, and a
/// replica behind each. No machine is so busy that one of them is taken for dead, until
/// set_node_timeout(). Throws std::runtime_error when it does not come up.
class RedisCluster {
  public:
    RedisCluster();

    std::vector<redis::Address> addresses() const;
    /// The first three began as primaries; node 3 + i as the replica of node i.
    RedisServer& node(std::size_t number) { return *nodes_[number]; }
    /// Who has the slot now, as most of the nodes say.
    RedisServer& primary_of(std::string_view key);
    RedisServer& replica_of(const RedisServer& primary);
    /// A primary that has not this key.
    RedisServer& other_primary(std::string_view key);

    /// Every slot is served, every primary has a replica that follows it, and all nodes agree.
    bool is_whole();

    /// How long a node may be silent before its replica takes its place.
    void set_node_timeout(std::chrono::milliseconds timeout);

    /// What an operator's tool does to move a slot, in the steps in which it does it.
    void begin_migration(std::uint16_t slot, RedisServer& from, RedisServer& to);
    void migrate_keys(const std::vector<std::string>& keys, RedisServer& from, RedisServer& to);
    void end_migration(std::uint16_t slot, RedisServer& from, RedisServer& to);

    /// A node's command; throws what it refuses.
    static redis::Reply run(const RedisServer& node, const redis::Args& args);

  private:
    static std::string id_of(const RedisServer& node);

    std::vector<std::unique_ptr<RedisServer>> nodes_{};
};

}  // namespace test_support
