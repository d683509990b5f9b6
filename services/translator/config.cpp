#include "translator/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "edge/drain_config.h"
#include "translator/identity_pattern.h"

namespace translator {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t default_grpc_port = 24278;
constexpr std::uint16_t default_http_port = 24279;

/// What a miner may be told; below is less than a hash, above what SV1's numbers carry exactly.
constexpr double difficulty_min = 1e-9;
constexpr double difficulty_max = 9e15;
constexpr double hash_rate_max = 1e18;

std::vector<base::IpNetwork> read_networks(service::TableReader& table, std::string_view key) {
    std::vector<base::IpNetwork> networks;
    for (const auto& text : table.strings(key)) {
        if (const auto network = base::parse_ip_network(text))
            networks.push_back(*network);
        else
            table.problem(key, "holds \"" + text +
                                   "\", which is neither an address nor a network such as "
                                   "10.0.0.0/8");
    }
    return networks;
}

void read_listen(service::TableReader root, Config& config) {
    auto listen = root.table("listen");
    auto tls = root.table("tls");
    if (listen.has("address")) config.listen = listen.endpoint("address");
    if (listen.has("tls_address")) {
        config.tls_listen = listen.endpoint("tls_address");
        config.tls.certificate_file = tls.path("certificate_file");
        config.tls.key_file = tls.path("key_file");
    } else {
        for (const auto* key : {"certificate_file", "key_file"})
            if (tls.optional_path(key))
                tls.problem(key, "is for listen.tls_address, which is missing");
    }
    config.tls.check_interval =
        tls.duration_or("check_interval", config.tls.check_interval, 100ms, 24h);
    if (!config.listen && !config.tls_listen)
        listen.problem("address", "is missing, expected host:port where miners connect");
    config.limits.proxies = read_networks(listen, "proxy_protocol_from");
}

PoolSettings read_pool(service::TableReader table, Mode mode) {
    PoolSettings pool;
    const auto url = table.required_string("url");
    if (!url.empty()) {
        if (auto parsed = noise::parse_pool_url(url))
            pool.url = std::move(*parsed);
        else
            table.problem("url", fmt::format("\"{}\": {}; expected "
                                             "stratum2+tcp://HOST:PORT/AUTHORITY_KEY",
                                             url, noise::error_text(parsed.error())));
    }
    const bool is_aggregated = mode == Mode::aggregated;
    pool.user_identity = is_aggregated ? table.required_string("user_identity")
                                       : table.string_or("user_identity", pool.user_identity);
    const auto pattern = IdentityPattern::parse(pool.user_identity);
    if (!pattern)
        table.problem("user_identity", pattern.error());
    else if (is_aggregated && pattern->depends_on_miner())
        table.problem("user_identity",
                      "names a miner, but in mode \"aggregated\" all of them are one to the pool; "
                      "expected a name without {user} and {worker}");
    pool.connections = table.integer_in_range<std::size_t>("connections", pool.connections, 1, 64);
    return pool;
}

PoolsSettings read_pools(service::TableReader root, Mode mode) {
    PoolsSettings settings;
    for (const auto& table : root.tables("pools")) settings.pools.push_back(read_pool(table, mode));
    if (settings.pools.empty())
        root.problem("pools",
                     "is missing, expected a table [[pools]] for each pool, the first "
                     "choice first");
    auto upstream = root.table("upstream");
    settings.connect_timeout =
        upstream.duration_or("connect_timeout", settings.connect_timeout, 100ms, 10min);
    settings.failover_after =
        upstream.duration_or("failover_after", settings.failover_after, 0ms, 1h);
    settings.return_after = upstream.duration_or("return_after", settings.return_after, 1s, 24h);
    settings.asks_for_workers = upstream.bool_or("worker_identity", settings.asks_for_workers);
    settings.opens_in_flight = upstream.integer_in_range<std::size_t>(
        "opens_in_flight", settings.opens_in_flight, 1, 1'000);
    return settings;
}

bool identity_follows_user(const PoolsSettings& settings) {
    return std::ranges::any_of(settings.pools, [](const PoolSettings& pool) {
        const auto pattern = IdentityPattern::parse(pool.user_identity);
        return pattern && pattern->depends_on_miner();
    });
}

void read_extranonce(service::TableReader table, Mode mode, Config& config) {
    auto& miners = config.miners;
    miners.identity_follows_user = mode == Mode::per_miner && identity_follows_user(config.pools);
    const auto* fallback = miners.identity_follows_user ? "coinbase1" : "extranonce1";
    miners.prefix_in = table.one_of<PrefixIn>(
        "prefix_in", fallback,
        {{"extranonce1", PrefixIn::extranonce1}, {"coinbase1", PrefixIn::coinbase1}});
    if (miners.prefix_in == PrefixIn::extranonce1 && miners.identity_follows_user)
        table.problem(
            "prefix_in",
            "\"extranonce1\" has the channel opened before the miner says who it is, but "
            "a pool's user_identity has {user} or {worker} in it; expected \"coinbase1\", "
            "or a user_identity without them");
    // Aggregated, a slice of what the pool grants; one byte of it is too little to roll.
    const std::size_t least = mode == Mode::aggregated ? 2 : 1;
    miners.extranonce2_size =
        table.integer_in_range<std::size_t>("extranonce2_size", miners.extranonce2_size, least, 8);
    config.aggregate.miner_extranonce_size = std::max(miners.extranonce2_size, std::size_t{2});
}

void read_miners(service::TableReader table, MinerSettings& miners) {
    miners.rounding = table.one_of<sv1::Rounding>("rounding", "whole",
                                                  {{"none", sv1::Rounding::none},
                                                   {"whole", sv1::Rounding::whole},
                                                   {"power_of_two", sv1::Rounding::power_of_two}});
    miners.version_mask =
        table.integer_in_range<std::uint32_t>("version_mask", miners.version_mask, 0, 0xffff'ffff);
    if ((miners.version_mask & ~mining::rollable_version_bits) != 0)
        table.problem("version_mask",
                      fmt::format("0x{:08x} has bits that no miner may roll; expected some of "
                                  "0x{:08x} (BIP 323)",
                                  miners.version_mask, mining::rollable_version_bits));
    miners.shares_per_minute =
        table.number_in_range("shares_per_minute", miners.shares_per_minute,
                              retarget::shares_per_minute_min, retarget::shares_per_minute_max);
    miners.nominal_hash_rate_hps =
        table.number_in_range("nominal_hash_rate", miners.nominal_hash_rate_hps, 0, hash_rate_max);
    miners.minimum_difficulty =
        table.number_in_range("minimum_difficulty", miners.minimum_difficulty, 0, difficulty_max);
    // Above a minute some firmware has given the pool up by then.
    miners.keep_alive = table.duration_or("keep_alive", miners.keep_alive, 1s, 80s);
    miners.answer_within = table.duration_or("answer_within", miners.answer_within, 0ms, 30s);
    miners.leave_after = table.duration_or("leave_after", miners.leave_after, 1s, 24h);
    miners.resume_within = table.duration_or("resume_within", miners.resume_within, 0ms, 1h);
}

void read_aggregate(service::TableReader root, AggregateSettings& aggregate) {
    aggregate.index_size =
        root.table("aggregate")
            .integer_in_range<std::size_t>("index_bytes", aggregate.index_size, 1, 4);
    auto vardiff = root.table("vardiff");
    auto& policy = aggregate.policy;
    policy.shares_per_minute =
        vardiff.number_in_range("shares_per_minute", policy.shares_per_minute,
                                retarget::shares_per_minute_min, retarget::shares_per_minute_max);
    policy.false_change_every = std::chrono::duration_cast<std::chrono::seconds>(
        vardiff.duration_or("false_change_every", policy.false_change_every, 10min, 24h * 365));
    policy.powers_of_two = vardiff.bool_or("powers_of_two", policy.powers_of_two);
    aggregate.easiest_difficulty = vardiff.number_in_range(
        "easiest_difficulty", aggregate.easiest_difficulty, difficulty_min, difficulty_max);
    aggregate.start_hash_rate_hps =
        vardiff.number_in_range("start_hash_rate", aggregate.start_hash_rate_hps, 1, hash_rate_max);
}

void read_limits(service::TableReader table, FrontLimits& limits) {
    limits.connections_max =
        table.integer_in_range<std::size_t>("connections", limits.connections_max, 1, 1'000'000);
    limits.connections_per_address_max = table.integer_in_range<std::size_t>(
        "connections_per_address", limits.connections_per_address_max, 1, 1'000'000);
    limits.silent_max =
        table.integer_in_range<std::size_t>("silent_connections", limits.silent_max, 1, 1'000'000);
    limits.line_size_max =
        table.integer_in_range<std::size_t>("line_bytes", limits.line_size_max, 1'024, 1 << 20);
    limits.send_queue_max = table.integer_in_range<std::size_t>(
        "send_queue_bytes", limits.send_queue_max, 64 * 1024, std::size_t{1} << 30);
    limits.lines.per_second = table.integer_in_range<std::size_t>(
        "lines_per_second", limits.lines.per_second, 1, 1'000'000);
    limits.lines.burst =
        table.integer_in_range<std::size_t>("lines_burst", limits.lines.burst, 1, 1'000'000);
    auto& deadlines = limits.deadlines;
    deadlines.handshake =
        table.duration_or("handshake_deadline", deadlines.handshake, 100ms, 10min);
    deadlines.first_line =
        table.duration_or("first_line_deadline", deadlines.first_line, 100ms, 1h);
    deadlines.subscribe = table.duration_or("subscribe_deadline", deadlines.subscribe, 100ms, 24h);
    deadlines.line = table.duration_or("line_deadline", deadlines.line, 100ms, 10min);
    deadlines.write_stall =
        table.duration_or("write_stall_deadline", deadlines.write_stall, 100ms, 10min);
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
    config.mode = root.one_of<Mode>(
        "mode", "per-miner", {{"per-miner", Mode::per_miner}, {"aggregated", Mode::aggregated}});
    read_listen(root, config);
    config.pools = read_pools(root, config.mode);
    read_extranonce(root.table("extranonce"), config.mode, config);
    read_miners(root.table("miners"), config.miners);
    read_aggregate(root, config.aggregate);
    read_limits(root.table("limits"), config.limits);
    config.drain = edge::read_drain_settings(root, config.chassis);
    reader.finish();
    return config;
}

std::string describe(const Config& config) {
    std::string text;
    const auto line = [&]<class... Of>(fmt::format_string<Of...> format, Of&&... of) {
        text += fmt::format(format, std::forward<Of>(of)...) + "\n";
    };
    if (config.listen) line("miners connect to {}", service::to_string(*config.listen));
    if (config.tls_listen)
        line("miners connect with TLS to {}", service::to_string(*config.tls_listen));
    line("{}", config.mode == Mode::per_miner ? "each miner has a channel of its own"
                                              : "all miners share one channel");
    for (const auto& pool : config.pools.pools)
        line("pool {}:{} as \"{}\"", pool.url.host, pool.url.port, pool.user_identity);
    return text;
}

}  // namespace translator
