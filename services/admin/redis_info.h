#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace admin {

/// What INFO of a Redis says, as far as operators of a pool ask. Pure.
struct RedisInfo {
    struct Replica {
        std::string address{};
        bool is_online = false;
        std::uint64_t lag_seconds = 0;
    };
    std::string version{};
    std::string run_id{};
    std::uint64_t uptime_seconds = 0;
    bool is_primary = true;
    /// Of a replica.
    std::string primary_address{};
    bool is_link_up = true;
    bool is_loading = false;
    bool has_append_only_file = false;
    bool is_last_write_good = true;
    std::uint64_t used_memory = 0;
    std::uint64_t memory_max = 0;
    std::string memory_policy{};
    std::vector<Replica> replicas{};

    std::uint32_t replicas_online() const;
};

RedisInfo read_redis_info(std::string_view text);

/// What CLUSTER INFO of a node says.
struct ClusterInfo {
    /// It sees a majority, and serves its slots.
    bool is_ok = true;
    /// Slots that nobody serves.
    std::uint64_t slots_missing = 0;
};

ClusterInfo read_cluster_info(std::string_view text);

}  // namespace admin
