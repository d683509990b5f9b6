#include "admin/redis_info.h"

#include <algorithm>

#include "base/integer.h"

namespace admin {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

// `text` in lines of `name:value`, or in parts of `name=value`.
Fields split(std::string_view text, char between, char separator) {
    Fields fields;
    while (!text.empty()) {
        const auto end = std::min(text.find(between), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        const auto colon = line.find(separator);
        if (line.starts_with('#') || colon == std::string_view::npos) continue;
        fields.emplace(line.substr(0, colon), line.substr(colon + 1));
    }
    return fields;
}

std::string text_of(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string{} : found->second;
}

std::uint64_t number_of(const Fields& fields, std::string_view name) {
    return base::parse_integer<std::uint64_t>(text_of(fields, name)).value_or(0);
}

}  // namespace

std::uint32_t RedisInfo::replicas_online() const {
    return static_cast<std::uint32_t>(std::ranges::count_if(replicas, &Replica::is_online));
}

RedisInfo read_redis_info(std::string_view text) {
    const auto fields = split(text, '\n', ':');
    RedisInfo info;
    info.version = text_of(fields, "redis_version");
    info.run_id = text_of(fields, "run_id");
    info.uptime_seconds = number_of(fields, "uptime_in_seconds");
    info.is_primary = text_of(fields, "role") != "slave";
    if (!info.is_primary) {
        info.primary_address =
            text_of(fields, "master_host") + ":" + text_of(fields, "master_port");
        info.is_link_up = text_of(fields, "master_link_status") == "up";
    }
    info.is_loading = number_of(fields, "loading") != 0;
    info.has_append_only_file = number_of(fields, "aof_enabled") != 0;
    const auto last_write = text_of(fields, "aof_last_write_status");
    info.is_last_write_good = last_write.empty() || last_write == "ok";
    info.used_memory = number_of(fields, "used_memory");
    info.memory_max = number_of(fields, "maxmemory");
    info.memory_policy = text_of(fields, "maxmemory_policy");
    for (const auto& [name, value] : fields) {
        // slave0:ip=10.0.0.2,port=6379,state=online,offset=1,lag=0
        if (!name.starts_with("slave") || !value.starts_with("ip=")) continue;
        const auto of_replica = split(value, ',', '=');
        info.replicas.push_back(
            {.address = text_of(of_replica, "ip") + ":" + text_of(of_replica, "port"),
             .is_online = text_of(of_replica, "state") == "online",
             .lag_seconds = number_of(of_replica, "lag")});
    }
    return info;
}

ClusterInfo read_cluster_info(std::string_view text) {
    constexpr std::uint64_t slots = 16'384;
    const auto fields = split(text, '\n', ':');
    ClusterInfo info;
    info.is_ok = text_of(fields, "cluster_state") == "ok";
    info.slots_missing = slots - std::min(slots, number_of(fields, "cluster_slots_ok"));
    return info;
}

}  // namespace admin
