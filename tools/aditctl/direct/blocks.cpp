#include "aditctl/direct/blocks.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "ledger/block_history.h"
#include "ledger/keys.h"
#include "redis_session/redis_session.h"

namespace aditctl::direct {
namespace {

using ledger::BlockEntry;
using ledger::BlockHistory;
using redis_session::Session;

constexpr std::chrono::milliseconds watch_interval{500};
constexpr const char* page_size = "1000";

struct Options {
    redis_session::Options redis{};
    bool is_watching = false;
    bool shows_events = false;
    std::string output = "text";
    std::size_t count = 20;
};

std::string time_text(base::UnixMicros at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    const auto micros = (at - seconds).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), micros);
}

nlohmann::json to_json(const BlockEntry& entry) {
    return {{"id", ledger::name_of(entry)},
            {"event", entry.event},
            {"time_us", entry.at.time_since_epoch().count()},
            {"hash", entry.hash.value.to_be_hex()},
            {"height", entry.height},
            {"node", entry.node},
            {"reason", entry.reason},
            {"replica", entry.replica},
            {"template", entry.template_ref.value},
            {"channel", ledger::keys::channel_name(entry.channel)},
            {"user", entry.user_identity},
            {"value_sat", entry.value_sat},
            {"found_us", entry.found_at.time_since_epoch().count()}};
}

std::string to_text(const BlockEntry& entry) {
    auto line = fmt::format("{} {} height={} hash={}", time_text(entry.at), entry.event,
                            entry.height, entry.hash.value.to_be_hex());
    if (!entry.node.empty()) line += fmt::format(" node={}", entry.node);
    if (!entry.reason.empty()) line += fmt::format(" reason=\"{}\"", entry.reason);
    return line + fmt::format(" replica={}", entry.replica);
}

nlohmann::json to_json(const BlockHistory& block) {
    auto json = to_json(block.first);
    for (const auto* of_event : {"id", "event", "time_us", "node", "reason", "replica"})
        json.erase(of_event);
    json["state"] = block.state;
    json["reason"] = block.reason;
    auto& nodes = json["nodes"] = nlohmann::json::array();
    for (const auto& [where, said] : block.answers)
        nodes.push_back({{"replica", where.first},
                         {"node", where.second},
                         {"answer", said.answer},
                         {"reason", said.reason}});
    return json;
}

std::string to_text(const BlockHistory& block) {
    const auto& known = block.first;
    auto line = fmt::format(
        "{} {} {} value={}.{:08} channel={} user={} found={}", known.height,
        known.hash.value.to_be_hex(), block.state, known.value_sat / 100'000'000,
        known.value_sat % 100'000'000, ledger::keys::channel_name(known.channel),
        known.user_identity.empty() ? "-" : known.user_identity, time_text(known.found_at));
    if (!block.reason.empty()) line += fmt::format(" reason=\"{}\"", block.reason);
    for (const auto& [where, said] : block.answers)
        line += fmt::format(" {}={}", where.second, said.answer);
    return line;
}

template <class What>
void print(const Options& options, const What& what) {
    if (options.output == "json")
        fmt::print("{}\n", to_json(what).dump());
    else
        fmt::print("{}\n", to_text(what));
}

/// The entries after this place of the stream, which moves to the last of them. Those that cannot
/// be read are left out.
std::vector<BlockEntry> read_on(Session& session, std::string& place) {
    std::vector<BlockEntry> entries;
    while (true) {
        const auto from = place.empty() ? std::string{"-"} : "(" + place;
        const auto page =
            session.command({"XRANGE", ledger::keys::blocks, from, "+", "COUNT", page_size});
        if (page.array() == nullptr || page.array()->empty()) return entries;
        for (const auto& item : *page.array()) {
            place = item.string_at(0);
            if (auto entry = ledger::read_block_entry((*item.array())[1]))
                entries.push_back(*std::move(entry));
        }
    }
}

/// Each event once, as they come, until the tool is stopped.
void watch(Session& session, const Options& options, std::string place,
           std::set<std::string> known) {
    while (true) {
        for (const auto& entry : read_on(session, place))
            if (known.insert(ledger::name_of(entry)).second) print(options, entry);
        std::fflush(stdout);
        std::this_thread::sleep_for(watch_interval);
    }
}

void show_blocks(const Options& options) {
    Session session{options.redis};
    std::string place;
    const auto entries = read_on(session, place);
    if (options.shows_events || options.is_watching) {
        std::set<std::string> known;
        std::vector<const BlockEntry*> events;
        for (const auto& entry : entries)
            if (known.insert(ledger::name_of(entry)).second) events.push_back(&entry);
        const auto first = events.size() - std::min(options.count, events.size());
        for (std::size_t i = first; i < events.size(); ++i) print(options, *events[i]);
        if (options.is_watching) watch(session, options, place, std::move(known));
        return;
    }
    const auto blocks = ledger::histories_of(entries);
    for (std::size_t i = 0; i < std::min(options.count, blocks.size()); ++i)
        print(options, blocks[i]);
    if (options.output == "text" && blocks.empty()) fmt::print("no blocks\n");
    if (options.output == "text" && blocks.size() > options.count)
        fmt::print("... and {} older ones, see --count\n", blocks.size() - options.count);
}

}  // namespace

void add_blocks_command(CLI::App& app) {
    auto options = std::make_shared<Options>();
    auto* blocks = app.add_subcommand(
        "blocks",
        "prints the blocks that the pool has found, newest first, and what became of them");
    redis_session::add_options(*blocks, options->redis);
    blocks->add_flag("--events", options->shows_events,
                     "each event instead of each block, oldest first");
    blocks->add_flag("--watch", options->is_watching, "events, and those to come as they come");
    blocks->add_option("--output", options->output, "text, or json: an object a line")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    blocks->add_option("--count", options->count, "the last so many")->capture_default_str();
    blocks->callback([options] { show_blocks(*options); });
}

}  // namespace aditctl::direct
