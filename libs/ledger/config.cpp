#include "ledger/config.h"

#include "ledger/pool_config.h"
#include "service/secret_file.h"

namespace ledger {
namespace {

redis::Address read_address(service::TableReader& table, std::string_view key,
                            std::string_view text) {
    const auto address = redis::parse_address(text);
    if (!address) table.problem(key, "is neither host:port nor unix:/path");
    return address.value_or(redis::Address{});
}

/// Where Redis is: exactly one of `address`, `sentinels` and `cluster`.
void read_place(service::TableReader& table, redis::ClientConfig& redis) {
    for (const auto& sentinel : table.strings("sentinels"))
        redis.sentinels.push_back(read_address(table, "sentinels", sentinel));
    for (const auto& node : table.strings("cluster")) {
        redis.cluster.push_back(read_address(table, "cluster", node));
        if (!redis.cluster.back().unix_path.empty())
            table.problem("cluster", "names nodes that others name too: host:port, no unix socket");
    }
    redis.master = table.string_or("master", "");
    if (table.has("cluster") && redis.cluster.empty())
        table.problem("cluster", "is empty: name at least one node, better three");
    if (!redis.cluster.empty() && !redis.sentinels.empty())
        table.problem("cluster", "cannot stand beside sentinels: a cluster has none");
    if (redis.sentinels.empty() && !redis.master.empty())
        table.problem("master", "names a primary, but there are no sentinels to ask for it");
    if (!redis.sentinels.empty() && redis.master.empty())
        table.problem("master", "is missing: the name by which the sentinels know the primary");
    if (redis.sentinels.empty() && redis.cluster.empty()) {
        redis.address =
            read_address(table, "address", table.string_or("address", "127.0.0.1:6379"));
    } else if (table.has("address")) {
        table.problem("address", redis.sentinels.empty()
                                     ? "cannot stand beside cluster, whose nodes name the others"
                                     : "cannot stand beside sentinels, which name the address");
    }
}

}  // namespace

Config read_config(service::TableReader root) {
    using std::chrono::milliseconds;
    using std::chrono::seconds;
    Config config;
    auto table = root.table("redis");
    read_place(table, config.redis);
    config.redis.username = table.string_or("username", "");
    if (const auto file = table.optional_path("password_file")) {
        config.redis.read_password = [file = *file] {
            return service::read_secret_file(file, "redis.password_file");
        };
        config.redis.password = config.redis.read_password();
    }
    config.redis.db = table.integer_in_range<std::uint32_t>("db", 0, 0, 1023);
    if (config.redis.db != 0 && !config.redis.cluster.empty())
        table.problem("db", "must be 0: a cluster has no other database");
    config.redis.command_timeout = table.duration_or(
        "command_timeout", config.redis.command_timeout, milliseconds{50}, seconds{60});
    config.durability.replicas = table.integer_in_range<std::uint32_t>("replicas", 0, 0, 16);
    config.durability.wait_timeout = table.duration_or(
        "wait_timeout", config.durability.wait_timeout, milliseconds{1}, seconds{60});
    config.partitions = root.table("pool").integer_in_range<std::uint32_t>(
        "partitions", partitions_default, 1, partitions_max);
    return config;
}

}  // namespace ledger
