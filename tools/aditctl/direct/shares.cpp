#include "aditctl/direct/shares.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "ledger/channel_fields.h"
#include "ledger/keys.h"
#include "ledger/readers.h"
#include "redis_session/redis_session.h"
#include "share_log/projector.h"

namespace aditctl::direct {
namespace {

using redis_session::Session;
using share_log::Sums;

struct Options {
    redis_session::Options redis{};
    bool by_worker = false;
    bool by_channel = false;
    std::size_t top = 100;
};

/// The sums of all partitions, by name without its kind.
struct Totals {
    std::map<std::string, Sums> rows{};
    Sums pool{};
    std::uint64_t bytes_behind = 0;
};

Sums read_sums(const std::string& key, std::string_view text) {
    const auto sums = share_log::decode_sums(text);
    if (!sums) throw std::runtime_error(key + " is damaged");
    return *sums;
}

/// What the log has that is not summed up yet.
std::uint64_t bytes_behind(Session& session, std::uint32_t partition, std::string_view place) {
    const auto position = share_log::position_from(place);
    const auto total = session.command({"GET", ledger::keys::log_bytes(partition)});
    if (!position || total.string() == nullptr) return 0;
    const auto bytes = std::stoull(*total.string());
    return bytes - std::min<std::uint64_t>(bytes, position->bytes);
}

void read_partition(Session& session, std::uint32_t partition, std::string_view kind,
                    Totals& totals) {
    const auto key = ledger::keys::sums(partition);
    std::string cursor = "0";
    std::string place;
    do {
        const auto page = session.command({"HSCAN", key, cursor, "COUNT", "1000"});
        cursor = page.string_at(0);
        const auto& items = (*page.array())[1];
        for (std::size_t i = 0; i + 1 < items.array()->size(); i += 2) {
            const auto name = items.string_at(i);
            if (name == "at") {
                place = items.string_at(i + 1);
                continue;
            }
            const auto sums = read_sums(key, items.string_at(i + 1));
            if (name.starts_with(share_log::other_identities)) totals.pool += sums;
            if (name.starts_with(kind)) totals.rows[std::string{name.substr(kind.size())}] += sums;
        }
    } while (cursor != "0");
    totals.bytes_behind += bytes_behind(session, partition, place);
}

void read_channels(Session& session, Totals& totals) {
    std::string cursor = "0";
    do {
        const auto page = session.command({"SCAN", cursor, "MATCH", "{p*}:ch:*", "COUNT", "1000"});
        cursor = page.string_at(0);
        for (const auto& key : *(*page.array())[1].array()) {
            const auto channel = session.command({"HGETALL", *key.string()});
            const auto shares = ledger::whole_value(channel, "shares");
            const auto name = key.string()->substr(key.string()->rfind(':') + 1);
            totals.rows[fmt::format("{} {}", name, ledger::whole_value(channel, "user_identity"))] =
                shares.empty() ? Sums{} : read_sums(*key.string(), shares);
        }
    } while (cursor != "0");
}

std::string time_of(const Sums& sums) {
    const auto seconds = base::to_unix_seconds(sums.last_share_at);
    if (seconds == 0) return "-";
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

/// With six digits behind the point: the sums themselves are exact.
std::string difficulty(const bitcoin::DifficultySum& sum) {
    const auto millionths = (sum.fraction().q32 * 1'000'000) >> 32;
    return fmt::format("{}.{:06}", sum.whole(), millionths);
}

void print(std::string_view name, const Sums& sums) {
    std::string reasons;
    for (std::size_t i = 0; i < sums.rejected.size(); ++i)
        if (sums.rejected[i] > 0)
            reasons += fmt::format(" {}={}", mining::error_code(mining::share_errors[i]),
                                   sums.rejected[i]);
    fmt::print("{} accepted={} difficulty={} rejected={}{} blocks={} last={}\n", name,
               sums.accepted, difficulty(sums.credited), sums.rejected_shares(), reasons,
               sums.blocks, time_of(sums));
}

void show_shares(const Options& options) {
    Session session{options.redis};
    Totals totals;
    const auto kind = options.by_worker ? share_log::other_workers : share_log::other_identities;
    for (std::uint32_t partition = 0, partitions = session.partitions(); partition < partitions;
         ++partition)
        read_partition(session, partition, kind, totals);
    if (options.by_channel) {
        totals.rows.clear();
        read_channels(session, totals);
    }
    std::vector<std::pair<std::string, Sums>> rows(totals.rows.begin(), totals.rows.end());
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.second.credited > b.second.credited;
    });
    for (std::size_t i = 0; i < std::min(rows.size(), options.top); ++i)
        print(rows[i].first.empty() || rows[i].first == "." ? "(others)" : rows[i].first,
              rows[i].second);
    if (rows.size() > options.top)
        fmt::print("... and {} more, see --top\n", rows.size() - options.top);
    print("total", totals.pool);
    if (totals.bytes_behind > 0)
        fmt::print("the last {} bytes of the log are not summed up yet\n", totals.bytes_behind);
}

}  // namespace

void add_shares_command(CLI::App& app) {
    auto options = std::make_shared<Options>();
    auto* shares =
        app.add_subcommand("shares", "prints what the share log adds up to, since its first day");
    redis_session::add_options(*shares, options->redis);
    auto* workers = shares->add_flag("--workers", options->by_worker, "a line for each worker");
    shares->add_flag("--channels", options->by_channel, "a line for each open channel")
        ->excludes(workers);
    shares->add_option("--top", options->top, "lines, those with the most difficulty first")
        ->capture_default_str();
    shares->callback([options] { show_shares(*options); });
}

}  // namespace aditctl::direct
