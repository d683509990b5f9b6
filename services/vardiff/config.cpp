#include "vardiff/config.h"

#include <cmath>

#include "bitcoin/difficulty.h"

namespace vardiff {
namespace {

constexpr std::uint16_t default_grpc_port = 24253;
constexpr std::uint16_t default_http_port = 24277;
// One hash, and what a share's account can hold.
constexpr double difficulty_min = 1.0 / 4294967296.0;
constexpr double difficulty_max = 4294967295.0;

bitcoin::Target target_of(double difficulty) {
    return bitcoin::target_of(
        bitcoin::Difficulty{static_cast<std::uint64_t>(std::ceil(std::ldexp(difficulty, 32)))});
}

/// Nothing without the rate of shares: then targets stay.
std::optional<PolicySet> read_policies(service::TableReader policy) {
    if (!policy.has("shares_per_minute")) return std::nullopt;
    PolicySet set;
    auto& common = set.common;
    common.shares_per_minute =
        policy.number_in_range("shares_per_minute", common.shares_per_minute,
                               retarget::shares_per_minute_min, retarget::shares_per_minute_max);
    // Below ten minutes chance alone would keep targets in motion.
    common.false_change_every = std::chrono::duration_cast<std::chrono::seconds>(
        policy.duration_or("false_change_every", common.false_change_every,
                           std::chrono::minutes{10}, std::chrono::hours{24 * 365}));
    common.powers_of_two = policy.bool_or("powers_of_two", common.powers_of_two);
    const double easiest = policy.number_in_range("easiest_difficulty", difficulty_min,
                                                  difficulty_min, difficulty_max);
    const double hardest =
        policy.number_in_range("hardest_difficulty", difficulty_max, easiest, difficulty_max);
    set.bounds = {.hardest = target_of(hardest), .easiest = target_of(easiest)};
    return set;
}

}  // namespace

Config read_config(service::ConfigReader reader) {
    auto root = reader.root();
    Config config;
    config.log = service::read_log_config(root);
    config.chassis = service::read_chassis_config(root, default_grpc_port, default_http_port);
    config.ledger = ledger::read_config(root);
    // Below 20 s a worker may still hold a batch that waits for its template.
    config.reap_after = root.table("reaping").duration_or(
        "after", config.reap_after, std::chrono::seconds{20}, std::chrono::hours{24});
    auto target = root.table("target");
    if (target.has("difficulty")) {
        const double difficulty =
            target.number_in_range("difficulty", 1, difficulty_min, difficulty_max);
        config.target = target_of(difficulty);
    } else {
        config.policies = read_policies(root.table("policy"));
    }
    config.keep_every = root.table("state").duration_or(
        "keep_every", config.keep_every, std::chrono::seconds{1}, std::chrono::minutes{5});
    reader.finish();
    return config;
}

Config load_config(const std::filesystem::path& file) {
    return read_config(service::ConfigReader{file});
}

}  // namespace vardiff
