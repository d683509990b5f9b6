#include "channel-manager/config.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "bitcoin/difficulty.h"
#include "channel-manager/allow_list_file.h"
#include "channel-manager/payout_config.h"

namespace channel_manager {
namespace {

constexpr std::uint16_t default_grpc_port = 24272;
constexpr std::uint16_t default_http_port = 24273;

std::vector<service::Endpoint> endpoints(service::TableReader table, std::string_view key) {
    auto found = table.endpoints(key);
    // A bad entry has been written down already.
    if (found.empty() && table.strings(key).empty())
        table.problem(key, "is missing: at least one host:port");
    return found;
}

/// The easiest target of a difficulty, which may be a fraction.
bitcoin::Target target_of_number(double difficulty) {
    return bitcoin::target_of(
        bitcoin::Difficulty{static_cast<std::uint64_t>(std::ldexp(difficulty, 32))});
}

OpenPolicy read_policy(service::TableReader root) {
    OpenPolicy policy;
    policy.payout = read_payout(root);
    auto shares = root.table("shares");
    policy.shares_per_minute =
        shares.number_in_range("per_minute", policy.shares_per_minute, 0.01, 6'000);
    // The range ends where a difficulty no longer fits 32.32 bits. By default a CPU finds shares
    // at the pace wanted, and 0.4 EH/s behind one channel is not slowed down.
    const double difficulty_min = 1.0 / 4294967296.0;  // one hash
    const double difficulty_max = 4e9;
    const auto easiest =
        shares.number_in_range("easiest_difficulty", 0.001, difficulty_min, difficulty_max);
    const auto hardest =
        shares.number_in_range("hardest_difficulty", 1e9, difficulty_min, difficulty_max);
    if (easiest > hardest)
        shares.problem("easiest_difficulty", "is above shares.hardest_difficulty");
    policy.easiest = target_of_number(easiest);
    policy.hardest = target_of_number(hardest);
    return policy;
}

ledger::LogRules read_log_rules(service::TableReader root) {
    using std::chrono::hours;
    using std::chrono::seconds;
    auto table = root.table("share_log");
    ledger::LogRules rules;
    rules.keep = table.duration_or("keep", rules.keep, seconds{1});
    rules.keep_read = table.duration_or("keep_read", rules.keep_read, seconds{0});
    // Less does not hold the batches of one tip change; more than a terabyte is a typing mistake.
    rules.bytes_max =
        std::uint64_t{table.integer_in_range<std::uint32_t>(
            "mebibytes_max", static_cast<std::uint32_t>(rules.bytes_max >> 20), 1, 1U << 20)}
        << 20;
    return rules;
}

void read_identities(service::TableReader table, Config& config) {
    config.allow_file = table.optional_path("allow_file");
    if (!config.allow_file) return;
    auto list = read_allow_list(*config.allow_file);
    if (list)
        config.policy.allowed = std::make_shared<const AllowList>(*std::move(list));
    else
        table.problem("allow_file",
                      fmt::format("{}: {}", config.allow_file->string(), list.error()));
}

}  // namespace

Config load_config(const std::filesystem::path& file) {
    service::ConfigReader reader{file};
    return read_config(reader);
}

Config read_config(service::ConfigReader& reader) {
    auto root = reader.root();
    Config config;
    config.log = service::read_log_config(root);
    config.chassis = service::read_chassis_config(root, default_grpc_port, default_http_port);
    config.ledger = ledger::read_config(root);
    config.gateways = endpoints(root.table("bus"), "gateways");
    config.credits =
        root.table("bus").integer_in_range<std::uint32_t>("credits", config.credits, 1, 1'024);
    config.templates = endpoints(root.table("templates"), "replicas");
    config.share_log = read_log_rules(root);
    config.policy = read_policy(root);
    read_identities(root.table("identities"), config);
    reader.finish();
    return config;
}

std::string describe(const Config& config) {
    auto text = describe(config.policy.payout);
    if (config.policy.allowed)
        text += fmt::format("identities: {} in {}\n", config.policy.allowed->size(),
                            config.allow_file->string());
    else
        text += "identities: anybody's\n";
    const auto& redis = config.ledger.redis;
    if (config.ledger.durability.replicas == 0 &&
        !(redis.sentinels.empty() && redis.cluster.empty()))
        text +=
            "WARNING: redis.replicas is 0: a failover loses the shares that were acknowledged "
            "just before; say how many replicas have to have them first\n";
    return text;
}

}  // namespace channel_manager
