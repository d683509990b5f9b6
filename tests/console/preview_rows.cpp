#include "preview_rows.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace preview {
namespace {

namespace proto = admin::proto;
using std::chrono::seconds;

constexpr std::size_t rows_moved = 2000;

void set_time(google::protobuf::Timestamp* at, base::UnixMicros moment) {
    at->set_seconds(std::chrono::floor<seconds>(moment).time_since_epoch().count());
}

void set_rates(proto::HashRates* rates, double rate, double swing) {
    rates->set_last_minute(rate * (1 + swing));
    rates->set_last_5_minutes(rate * (1 + swing / 3));
    rates->set_last_hour(rate * (1 + swing / 20));
    rates->set_last_day(rate * 0.99);
}

std::string hash_of(std::uint64_t seed) {
    return fmt::format("0000000000000000000{:05x}{:016x}{:016x}{:08x}", seed * 977 % 0xfffff,
                       seed * 0x9e3779b97f4a7c15U, (seed + 7) * 0xc2b2ae3d27d4eb4fU,
                       seed * 0x85ebca6bU % 0xffffffffU);
}

}  // namespace

Rows::Rows(const base::Clock& clock, std::size_t workers, bool is_well)
    : clock_(clock), workers_(workers) {
    fill_workers(workers);
    fill_services();
    fill_nodes();
    fill_blocks();
    if (!is_well) fill_problems();
    move_pool();
}

double Rows::chance() {
    return static_cast<double>(random_.next_u64() >> 11) / 9007199254740992.0;
}

proto::ShareCounts Rows::shares(double accepted) {
    proto::ShareCounts out;
    const auto good = static_cast<std::uint64_t>(accepted);
    const auto stale = static_cast<std::uint64_t>(accepted * 0.002 * chance());
    const auto low = static_cast<std::uint64_t>(accepted * 0.0005 * chance());
    out.set_accepted(good);
    out.set_rejected(stale + low);
    if (stale > 0) (*out.mutable_rejected_by_reason())["stale-share"] = stale;
    if (low > 0) (*out.mutable_rejected_by_reason())["difficulty-too-low"] = low;
    out.set_valid_ratio(static_cast<double>(good) / static_cast<double>(good + stale + low));
    return out;
}

proto::Worker Rows::worker(std::size_t number) {
    static constexpr const char* farms[] = {
        "northfjord", "basalt", "tundra", "cinder", "mistral", "<img src=x onerror=alert(1)>"};
    static constexpr const char* firmware[] = {"BraiinsOS 25.01", "LuxOS 2025.6", "stock 1.0.8"};
    const auto farm = number % 17 == 16 ? 5 : number % 5;
    const auto identity = number < 60 ? std::string{farms[farm]}
                                      : fmt::format("{}-{}", farms[number % 5], number % 997);
    const auto name = fmt::format("rack{:02}-{:04}", number / 64 % 100, number);
    proto::Worker row;
    std::string segment;
    for (const char c : identity)
        segment += c == '<' || c == '>' || c == ' ' || c == '=' || c == '(' || c == ')'
                       ? fmt::format("%{:02X}", static_cast<unsigned>(c))
                       : std::string(1, c);
    row.set_name("identities/" + segment + "/workers/" + name);
    row.set_identity(identity);
    row.set_worker(name);
    const double rate = 1.1e14 * (0.6 + 0.8 * chance());
    set_rates(row.mutable_hash_rates(), rate, 0.4 * chance() - 0.2);
    *row.mutable_shares_last_hour() = shares(360 * (0.8 + 0.4 * chance()));
    *row.mutable_shares_last_day() = shares(8640 * (0.9 + 0.2 * chance()));
    *row.mutable_shares() = shares(400'000 * chance() + 1);
    const bool is_silent = number % 211 == 3;
    const bool is_gone = number % 97 == 5;
    row.set_state(is_gone     ? proto::Worker::STATE_GONE
                  : is_silent ? proto::Worker::STATE_SILENT
                              : proto::Worker::STATE_MINING);
    set_time(row.mutable_last_share_time(),
             clock_.unix_now() - seconds{is_gone     ? 7200
                                         : is_silent ? 340
                                                     : static_cast<int>(20 * chance())});
    row.set_channels(is_gone ? 0 : 1);
    row.set_difficulty(std::exp2(std::round(std::log2(rate * 10 / 4294967296.0))));
    row.set_firmware(firmware[number % 3]);
    return row;
}

void Rows::fill_workers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto row = worker(i);
        total_rate_ += row.hash_rates().last_hour();
        proto::Channel channel;
        channel.set_name(fmt::format("channels/{:016x}", 0xa000'0000'0000U + i));
        channel.set_user_identity(row.identity() + "." + row.worker());
        channel.set_kind(i % 3 == 0 ? proto::Channel::KIND_EXTENDED
                                    : proto::Channel::KIND_STANDARD);
        channel.set_gateway(fmt::format("gateways/gateway-{}", 1 + i % 2));
        *channel.mutable_hash_rates() = row.hash_rates();
        channel.set_difficulty(row.difficulty());
        channel.set_convergence(0.9 + 0.2 * chance());
        *channel.mutable_last_share_time() = row.last_share_time();
        set_time(channel.mutable_open_time(), clock_.unix_now() - seconds{3600 * 7 + 40});
        if (row.channels() > 0) view_.channels.upsert(std::move(channel));
        view_.workers.upsert(row);
    }
}

void Rows::fill_services() {
    const std::pair<const char*, std::vector<const char*>> services[] = {
        {"gateway-1", {"shares", "opens", "output", "handshakes"}},
        {"gateway-2", {"shares", "opens", "output", "handshakes"}},
        {"channel-manager-1", {"batches", "commits", "solutions"}},
        {"channel-manager-2", {"batches", "commits", "solutions"}},
        {"template-1", {"templates", "blocks"}},
        {"template-2", {"templates", "blocks"}},
        {"vardiff-1", {"share-log"}},
        {"redis-1", {"commands"}}};
    int number = 0;
    for (const auto& [name, stages] : services) {
        proto::Service row;
        row.set_name(std::string{"services/"} + name);
        row.set_kind(row.name().substr(9, row.name().size() - 11));
        row.set_address(fmt::format("10.0.0.{}:24270", 10 + number++));
        row.set_version("0.1.0");
        row.set_state(proto::Service::STATE_READY);
        set_time(row.mutable_start_time(), clock_.unix_now() - seconds{93'000 + number * 700});
        for (const auto* stage : stages) {
            auto& added = *row.add_stages();
            added.set_name(stage);
            added.set_depth(static_cast<std::uint64_t>(20 * chance()));
            added.set_oldest_seconds(0.4 * chance());
        }
        view_.services.upsert(std::move(row));
    }
    for (int i = 1; i <= 2; ++i) {
        proto::Gateway row;
        row.set_name(fmt::format("gateways/gateway-{}", i));
        row.set_service(fmt::format("services/gateway-{}", i));
        row.set_listen_address(fmt::format("203.0.113.{}:3336", i));
        row.set_connections(static_cast<std::uint32_t>(workers_ / 2));
        row.set_connections_max(60'000);
        row.set_channels(static_cast<std::uint32_t>(workers_ / 2));
        row.set_state(proto::Gateway::STATE_SERVING);
        set_time(row.mutable_certificate_expire_time(), clock_.unix_now() + seconds{86400 * 23});
        view_.gateways.upsert(std::move(row));
    }
}

void Rows::fill_nodes() {
    for (int replica = 1; replica <= 2; ++replica)
        for (int i = 1; i <= 2; ++i) {
            proto::Node row;
            row.set_name(fmt::format("nodes/template-{}.core-{}", replica, i));
            row.set_kind("bitcoind");
            row.set_address(fmt::format("10.0.1.{}:8332", i));
            row.set_software("/Satoshi:29.1.0/");
            row.set_chain("main");
            row.set_height(925'114);
            row.set_tip(hash_of(925'114));
            row.set_peers(static_cast<std::uint32_t>(20 + 3 * i));
            row.set_verdict(i == 2 ? proto::Node::VERDICT_POOR : proto::Node::VERDICT_USABLE);
            if (i == 2) row.set_reason("its templates come 900 ms after the other's");
            row.set_leads(i == 1 && replica == 1);
            row.set_is_reachable(true);
            row.set_service(fmt::format("services/template-{}", replica));
            view_.nodes.upsert(std::move(row));
        }
}

void Rows::fill_blocks() {
    const proto::Block::State states[] = {
        proto::Block::STATE_IN_CHAIN, proto::Block::STATE_CONFIRMED, proto::Block::STATE_CONFIRMED,
        proto::Block::STATE_ORPHANED, proto::Block::STATE_CONFIRMED, proto::Block::STATE_CONFIRMED};
    for (std::uint32_t i = 0; i < 24; ++i) {
        proto::Block row;
        const auto height = 925'101 - i * 97;
        row.set_name("blocks/" + hash_of(height));
        row.set_height(height);
        row.set_state(states[std::min(i, 5U)]);
        set_time(row.mutable_find_time(), clock_.unix_now() - seconds{7900 + i * 58'000});
        row.set_user_identity(worker(i * 31).identity() + ".rack00-0001");
        row.set_value_sat(312'500'000 + height * 977 % 9'000'000);
        view_.blocks.upsert(std::move(row));
    }
}

void Rows::fill_problems() {
    proto::Problem row;
    row.set_name("problems/channel-manager-2:not-answering");
    row.set_severity(proto::Problem::SEVERITY_CRITICAL);
    row.set_text(
        "channel-manager-2 has not answered for 12 s; gateway-1 and gateway-2 send its batches to "
        "channel-manager-1. Look at it, or start it again.");
    row.set_service("services/channel-manager-2");
    row.set_kind("not-answering");
    row.set_runbook("docs/runbook.md#not-answering");
    set_time(row.mutable_start_time(), clock_.unix_now() - seconds{12});
    view_.problems.upsert(row);
    auto service = *view_.services.find("services/channel-manager-2");
    service.set_state(proto::Service::STATE_NOT_ANSWERING);
    service.set_reason("no answer for 12 s");
    view_.services.upsert(service);
    const auto* silent = view_.workers.find(worker(3).name());
    row.Clear();
    row.set_name("problems/silent-miner:3");
    row.set_severity(proto::Problem::SEVERITY_WARNING);
    row.set_text(
        fmt::format("{}.{} has sent no share for 5 min 40 s; by chance that happens once "
                    "in 10^24 times",
                    silent->identity(), silent->worker()));
    row.set_subject(silent->name());
    row.set_kind("silent-miner");
    row.set_runbook("docs/runbook.md#silent-miner");
    set_time(row.mutable_start_time(), clock_.unix_now() - seconds{340});
    view_.problems.upsert(row);
}

void Rows::move_pool() {
    auto& pool = view_.pool;
    pool.set_name("pool");
    set_rates(pool.mutable_hash_rates(), total_rate_, 0.02 * chance() - 0.01);
    const auto workers = static_cast<double>(workers_);
    *pool.mutable_shares_last_hour() = shares(360 * workers);
    *pool.mutable_shares_last_day() = shares(8640 * workers);
    pool.set_accepted_per_minute(6 * workers * (0.99 + 0.02 * chance()));
    const auto count = static_cast<std::uint32_t>(workers_);
    pool.set_connections(count);
    pool.set_channels(static_cast<std::uint32_t>(view_.channels.size()));
    pool.set_active_workers(count - count / 97);
    pool.set_active_identities(std::min(count, 1000U));
    pool.set_height(925'115);
    set_time(pool.mutable_template_time(), clock_.unix_now() - seconds{9});
    pool.set_network_difficulty(1.5e14);
    pool.set_blocks_last_day(2);
    pool.set_expected_blocks_last_day(1.74);
    set_time(pool.mutable_last_block_time(), clock_.unix_now() - seconds{7900});
    auto& convergence = *pool.mutable_convergence();
    convergence.set_below_half(count / 200);
    convergence.set_below(count / 15);
    convergence.set_near(count - count / 200 - count / 15 - count / 18 - count / 300);
    convergence.set_above(count / 18);
    convergence.set_above_twice(count / 300);
    convergence.set_median_ratio(1.004);
    set_time(pool.mutable_log_time(), clock_.unix_now());
}

void Rows::move() {
    move_pool();
    for (std::size_t i = 0; i < std::min(rows_moved, workers_); ++i) {
        const auto number = random_.next_u64() % workers_;
        view_.workers.upsert(worker(number));
    }
}

admin::ShownHistory Rows::history_of(double rate, seconds window) const {
    const auto step = window > seconds{21'600} ? seconds{300}
                      : window > seconds{3600} ? seconds{60}
                                               : seconds{1};
    admin::ShownHistory out{.step = step};
    const auto now = std::chrono::floor<seconds>(clock_.unix_now());
    for (auto back = window / step; back > 0; --back) {
        const auto at = now - back * step;
        const auto t = static_cast<double>(at.time_since_epoch().count());
        const double wave = 0.03 * std::sin(2 * std::numbers::pi * t / 86'400) +
                            0.012 * std::sin(t / 37) + 0.01 * std::sin(t / 11);
        const auto minutes = static_cast<double>((now - at).count()) / 60;
        const bool is_dip = minutes > 21 && minutes < 25;
        proto::HistoryPoint point;
        set_time(point.mutable_start_time(), at);
        point.set_hash_rate(rate * (1 + wave) * (is_dip ? 0.72 : 1));
        point.set_accepted_per_minute(6 * rate / 1.1e14 * (1 + wave) * (is_dip ? 0.7 : 1));
        point.set_rejected_per_minute(point.accepted_per_minute() * (is_dip ? 0.06 : 0.001));
        point.set_convergence((1 + wave) * (is_dip ? 0.72 : 1));
        out.points.push_back(std::move(point));
    }
    return out;
}

admin::HistorySource Rows::history() {
    return {.pool = [this](seconds window) { return history_of(total_rate_, window); },
            .worker = [this](std::string_view name,
                             seconds window) -> std::optional<admin::ShownHistory> {
                const auto* row = view_.workers.find(name);
                if (row == nullptr) return std::nullopt;
                return history_of(row->hash_rates().last_hour(), window);
            }};
}

}  // namespace preview
