#include "admin/mining_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "admin/moments.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using proto::Problem;

constexpr double hashes_per_difficulty = 4'294'967'296.0;
// Fewer do not tell a rate.
constexpr std::uint64_t shares_to_know_a_rate = 3;
// A share needs the ledger and the log before it is seen here.
constexpr std::chrono::milliseconds stalled_min{4'000};
// When so many of a gateway's channels fall silent, it is not the miners.
constexpr std::size_t mass_min = 10;
constexpr double mass_part = 0.2;
constexpr std::size_t silent_shown_max = 50;
constexpr std::chrono::minutes rejects_window{2};
constexpr double invalid_max = 0.05;
constexpr double invalid_min_count = 20;
constexpr double stale_max = 0.3;
constexpr double stale_min_count = 50;
constexpr double hash_rate_drop = 0.5;
constexpr std::uint64_t hash_rate_shares_min = 200;  // in the hour: else half is chance
constexpr std::chrono::milliseconds hash_rate_low_after{60'000};
constexpr std::chrono::seconds log_behind_max{30};
constexpr std::chrono::milliseconds log_behind_after{10'000};

std::string last_share_text(base::UnixMicros at) {
    return at == base::UnixMicros{} ? "no share yet" : "no share since " + utc_time(at);
}

bool is_mass(std::size_t silent, std::size_t channels) {
    return silent >= mass_min &&
           static_cast<double>(silent) >= mass_part * static_cast<double>(channels);
}

Finding mass_finding(const std::string& where, const std::string& id, const std::string& gateway,
                     std::size_t silent, std::size_t channels) {
    return {
        .id = id + ":silent-miner",
        .kind = "silent-miner",
        .severity = Problem::SEVERITY_CRITICAL,
        .text = fmt::format("{} of {} channels of {} fell silent: that is not chance, and hardly "
                            "the miners. Look at the network to it, its load balancer, and at "
                            "what else is wrong.",
                            silent, channels, where),
        .service = gateway.empty() ? "" : "services/" + gateway.substr(gateway.find('/') + 1),
        .subject = gateway};
}

double sum_where(const proto::Service& service, std::string_view has, std::string_view has_not) {
    double sum = 0;
    for (const auto& [series, value] : service.samples()) {
        if (!series.starts_with("adit_gateway_shares_total{")) continue;
        if (series.find(has) == std::string::npos) continue;
        if (!has_not.empty() && series.find(has_not) != std::string::npos) continue;
        sum += value;
    }
    return sum;
}

}  // namespace

void MiningRules::judge(const View& view, Moment now, Findings& findings) {
    follow(view);
    judge_silence(view, findings);
    judge_flow(view, now, findings);
    judge_rejects(view, now, findings);
    judge_hash_rate(view, now, findings);
    judge_log(view, now, findings);
}

void MiningRules::follow(const View& view) {
    if (!view.channels.knows(seen_)) {
        channels_.clear();
        silent_.clear();
        seen_ = 0;
    }
    if (seen_ == view.channels.version()) return;
    const auto changes = view.channels.since(seen_);
    for (const auto* const row : changes.upserted) take(*row);
    for (const auto& name : changes.removed) {
        channels_.erase(name);
        silent_.erase(name);
    }
    seen_ = changes.version;
}

void MiningRules::take(const proto::Channel& row) {
    auto& channel = channels_[row.name()];
    channel.opened = from_timestamp(row.open_time());
    channel.gateway = row.gateway();
    channel.accepted = row.shares().accepted();
    if (row.has_last_share_time()) {
        const auto last = from_timestamp(row.last_share_time());
        last_share_ = std::max(last_share_, last);
        // Only while it sends: the rate that a silent one is measured at falls to nothing.
        if (last > channel.last_share && channel.accepted >= shares_to_know_a_rate &&
            row.difficulty() > 0)
            channel.expected_per_second =
                row.hash_rates().last_5_minutes() / (row.difficulty() * hashes_per_difficulty);
        channel.last_share = last;
    }
    channel.is_silent = row.is_silent();
    if (row.is_silent())
        silent_.insert(row.name());
    else
        silent_.erase(row.name());
}

void MiningRules::judge_silence(const View& view, Findings& findings) {
    if (silent_.empty()) return;
    if (is_mass(silent_.size(), channels_.size()) && silent_.size() >= 2 * mass_min) {
        findings.push_back(mass_finding("the pool", "pool", "", silent_.size(), channels_.size()));
        return;
    }
    std::map<std::string, std::pair<std::size_t, std::size_t>> by_gateway;  // silent, all
    for (const auto& [name, channel] : channels_) {
        auto& [silent, all] = by_gateway[channel.gateway];
        silent += channel.is_silent ? 1 : 0;
        ++all;
    }
    for (const auto& [gateway, counts] : by_gateway)
        if (is_mass(counts.first, counts.second))
            findings.push_back(
                mass_finding(gateway.empty() ? "a gateway" : gateway,
                             gateway.empty() ? "-" : gateway.substr(gateway.find('/') + 1), gateway,
                             counts.first, counts.second));
    std::size_t shown = 0;
    for (const auto& name : silent_) {
        const auto& channel = channels_.find(name)->second;
        const auto& counts = by_gateway[channel.gateway];
        if (is_mass(counts.first, counts.second)) continue;
        if (++shown > silent_shown_max) break;
        const auto* const row = view.channels.find(name);
        if (row == nullptr) continue;
        findings.push_back(
            {.id = name_part(name.substr(name.find('/') + 1)) + ":silent-miner",
             .kind = "silent-miner",
             .text = fmt::format("{} ({}{}{}): {}, which its hash rate makes less probable than "
                                 "1 in 10,000. Look at the miner, and at the network to it.",
                                 row->user_identity(), name, row->gateway().empty() ? "" : " at ",
                                 row->connection().empty() ? row->gateway() : row->connection(),
                                 last_share_text(channel.last_share)),
             .service = row->gateway().empty()
                            ? ""
                            : "services/" + row->gateway().substr(row->gateway().find('/') + 1),
             .subject = name});
    }
}

/// The pool credited nothing for so long that its open channels would hardly have found nothing.
void MiningRules::judge_flow(const View&, Moment now, Findings& findings) {
    if (last_share_ == base::UnixMicros{} || now.unix - last_share_ < stalled_min) return;
    double expected = 0;
    for (const auto& [name, channel] : channels_) {
        // From a share of anybody's on, but not before it was there.
        const auto from = std::max(last_share_, channel.opened);
        const std::chrono::duration<double> exposed = now.unix - from;
        if (exposed.count() > 0) expected += channel.expected_per_second * exposed.count();
    }
    if (std::exp(-expected) > chance) return;
    findings.push_back({.id = "pool:shares-stalled",
                        .kind = "shares-stalled",
                        .severity = Problem::SEVERITY_CRITICAL,
                        .text = fmt::format(
                            "No share has been credited since {}, though the open channels should "
                            "have given some. Redis, channel-managers and gateways are what stands "
                            "between: see their problems and stages (aditctl services).",
                            utc_time(last_share_)),
                        .since = last_share_});
}

void MiningRules::judge_rejects(const View& view, Moment now, Findings& findings) {
    view.services.for_each([&](const proto::Service& service) {
        if (service.kind() != "gateway" || service.samples().empty()) return;
        auto& known = rejects_[service.name()];
        const Rejects latest{.at = now.steady,
                             .accepted = sum_where(service, "result=\"accepted\"", ""),
                             .invalid = sum_where(service, "result=\"rejected\"", "stale-share"),
                             .stale = sum_where(service, "stale-share", "")};
        if (!known.empty() && latest.accepted < known.back().accepted) known.clear();  // restarted
        known.push_back(latest);
        while (now.steady - known.front().at > rejects_window) known.pop_front();
        const auto invalid = latest.invalid - known.front().invalid;
        const auto stale = latest.stale - known.front().stale;
        const auto all = latest.accepted - known.front().accepted + invalid + stale;
        const auto add = [&](const char* what, double count, const char* advice) {
            findings.push_back(
                {.id =
                     service.name().substr(service.name().find('/') + 1) + ":invalid-spike:" + what,
                 .kind = "invalid-spike",
                 .text = fmt::format("At {} one share in {:.0f} of the last two minutes is {}. {}",
                                     service.name(), std::max(1.0, std::round(all / count)), what,
                                     advice),
                 .service = service.name(),
                 .service_kind = "gateway",
                 .raise_after = 5s,
                 .clear_after = 30s});
        };
        if (invalid >= invalid_min_count && invalid > invalid_max * all)
            add("invalid", invalid,
                "Which miners, and why: aditctl workers --order-by, or the shares by reason in the "
                "console; a firmware that has gone wrong, or an attack.");
        if (stale >= stale_min_count && stale > stale_max * all)
            add("stale", stale,
                "Do new jobs reach the miners late? See new block to last job, and nodes behind.");
    });
}

void MiningRules::judge_hash_rate(const View& view, Moment now, Findings& findings) {
    const auto& pool = view.pool;
    const auto& rates = pool.hash_rates();
    if (pool.shares_last_hour().accepted() < hash_rate_shares_min) return;
    if (pool.has_log_time() && now.unix - from_timestamp(pool.log_time()) > log_behind_max) return;
    if (rates.last_5_minutes() >= hash_rate_drop * rates.last_hour()) return;
    findings.push_back(
        {.id = "pool:hashrate-dropped",
         .kind = "hashrate-dropped",
         .text =
             "The pool's hash rate of the last five minutes is less than half of that of the last "
             "hour. Have miners left, or can they not connect? See connections by gateway, and "
             "silent workers.",
         .raise_after = hash_rate_low_after,
         .clear_after = 30s});
}

void MiningRules::judge_log(const View& view, Moment now, Findings& findings) {
    if (!view.pool.has_log_time()) return;
    const auto at = from_timestamp(view.pool.log_time());
    if (now.unix - at < log_behind_max) return;
    findings.push_back(
        {.id = "admin:ledger-behind",
         .kind = "ledger-behind",
         .text = fmt::format("What this service shows of shares ends at {}: it catches up with the "
                             "share log, or cannot read it.",
                             utc_date_time(std::chrono::floor<std::chrono::minutes>(at))),
         .raise_after = log_behind_after});
}

}  // namespace admin
