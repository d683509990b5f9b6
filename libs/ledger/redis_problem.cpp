#include "ledger/redis_problem.h"

#include <fmt/format.h>

namespace ledger {
namespace {

// A Redis that is well answers in milliseconds; its connection is given up after two seconds.
constexpr std::chrono::milliseconds answer_max{1'000};

std::string name_of(const redis::ClientConfig& config) {
    if (!config.cluster.empty()) {
        std::string names;
        for (const auto& node : config.cluster)
            names += (names.empty() ? "" : ", ") + redis::to_string(node);
        return fmt::format("a primary of the cluster of {}", names);
    }
    if (config.sentinels.empty()) return redis::to_string(config.address);
    return fmt::format("the primary \"{}\" of the Sentinels", config.master);
}

}  // namespace

void watch_redis(service::Problems& problems, const redis::ProcessClient& client,
                 const redis::ClientConfig& config, service::Problems::Severity severity,
                 std::string consequence) {
    problems.on_look([&problems, &client, severity, name = name_of(config),
                      consequence = std::move(consequence)] {
        const auto show = [&](std::string_view what) {
            problems.raise("redis-away", severity,
                           fmt::format("Redis at {} {}: {}", name, what, consequence));
        };
        if (!client.is_connected()) return show("cannot be reached");
        if (client.stats().oldest_age > answer_max) return show("does not answer");
        problems.clear("redis-away");
    });
}

}  // namespace ledger
