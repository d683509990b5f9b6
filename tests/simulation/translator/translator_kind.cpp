#include "simulation/translator/translator_kind.h"

#include <algorithm>
#include <cmath>

#include "translator/identity_pattern.h"
#include "translator/worker_name.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;
using translator::Mode;
using translator::PrefixIn;

// Far below those of a real translator, so that a few miners reach them, and so short a life.
constexpr std::size_t unsent_max = 16 * 1'024;
constexpr auto keep_alive = 8s;
constexpr auto leave_after = 8s;
constexpr auto resume_within = 5s;
constexpr auto failover_after = 1s;
constexpr auto return_after = 5s;
// What a rate of one share a second is to SV1: of difficulty 1, 2^32 hashes.
constexpr double hashes_per_difficulty = 4'294'967'296.0;

translator::PoolSettings pool(std::string host, const std::string& identity,
                              std::size_t connections) {
    translator::PoolSettings settings;
    settings.url.host = std::move(host);
    settings.url.port = 3336;
    settings.user_identity = identity;
    settings.connections = connections;
    return settings;
}

}  // namespace

std::string TranslatorKind::account_of(const std::string& user) const {
    return translator::IdentityPattern::parse(pools.pools.front().user_identity)
        .value()
        .identity_of(user);
}

std::string TranslatorKind::worker_of(const std::string& user) const {
    return std::string{translator::told_worker(user, miners.identity_follows_user)};
}

TranslatorKind some_translator(Chance& chance, const std::string& name,
                               const std::vector<std::string>& gateways,
                               const TranslatorWorth& worth) {
    TranslatorKind kind;
    kind.mode = chance.happens(0.5) ? Mode::per_miner : Mode::aggregated;
    auto& miners = kind.miners;
    miners.prefix_in = chance.happens(0.5) ? PrefixIn::extranonce1 : PrefixIn::coinbase1;
    miners.identity_follows_user = kind.mode == Mode::per_miner &&
                                   miners.prefix_in == PrefixIn::coinbase1 && chance.happens(0.7);
    miners.extranonce2_size = chance.happens(0.5) ? 8 : 4;
    miners.shares_per_minute = worth.shares_a_minute;
    // As the pool opens channels: for six shares a minute.
    miners.nominal_hash_rate_hps = worth.hashes_a_share / 10;
    miners.keep_alive = keep_alive;
    miners.leave_after = leave_after;
    miners.resume_within = resume_within;

    kind.aggregate.index_size = static_cast<std::size_t>(chance.between(1, 2));
    kind.aggregate.miner_extranonce_size =
        std::max(miners.extranonce2_size, std::size_t{2});  // as translator::read_config
    kind.aggregate.policy = {.shares_per_minute = worth.shares_a_minute,
                             .false_change_every = 10min};
    kind.aggregate.easiest_difficulty = worth.easiest / hashes_per_difficulty;
    kind.aggregate.start_hash_rate_hps = worth.hashes_a_share * worth.shares_a_minute / 60;

    const auto identity = miners.identity_follows_user ? std::string{"{user}"} : name;
    const auto connections = static_cast<std::size_t>(chance.between(1, 2));
    if (chance.happens(0.5))
        kind.pools.pools.push_back(pool(any_gateway, identity, connections));
    else
        for (const auto& gateway : gateways)
            kind.pools.pools.push_back(pool(gateway, identity, connections));
    kind.pools.failover_after = failover_after;
    kind.pools.return_after = return_after;
    kind.limits.send_queue_max = unsent_max;
    return kind;
}

}  // namespace simulation
