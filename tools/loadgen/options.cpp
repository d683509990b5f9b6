#include "loadgen/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "miner/quantity.h"

namespace loadgen {
namespace {

using tcp = boost::asio::ip::tcp;

constexpr std::string_view scheme = "stratum+tcp://";

/// As the command line has it.
struct Texts {
    std::string url{};
    std::string hash_rate = "200:2k";
    std::string fast = "0";
    std::string stays = "20s";
    std::string ramp = "2s";
    std::string run_for{};
    std::string gap_min = "1s";
};

/// Nothing for a place that cannot be looked up.
std::optional<tcp::endpoint> find(const std::string& url) {
    if (!url.starts_with(scheme)) return std::nullopt;
    const auto place = url.substr(scheme.size());
    const auto colon = place.rfind(':');
    if (colon == std::string::npos || colon == 0) return std::nullopt;
    boost::asio::io_context loop;
    boost::system::error_code error;
    const auto found = tcp::resolver{loop}.resolve(tcp::v4(), place.substr(0, colon),
                                                   place.substr(colon + 1), error);
    if (error || found.empty()) return std::nullopt;
    return found.begin()->endpoint();
}

std::string check_duration(const std::string& text) {
    return miner::parse_duration(text) ? ""
                                       : fmt::format("'{}' is no duration (such as 20s)", text);
}
std::string check_rate(const std::string& text) {
    return miner::parse_rate(text) ? "" : fmt::format("'{}' is no rate (such as 200 or 2k)", text);
}

/// "LOW:HIGH", or one for both.
bool read_hash_rates(const std::string& text, Options& options) {
    const auto colon = text.find(':');
    const auto low = miner::parse_rate(text.substr(0, colon));
    const auto high = colon == std::string::npos ? low : miner::parse_rate(text.substr(colon + 1));
    if (!low || !high || *low <= 0 || *high < *low) return false;
    options.hash_rate_min_hps = *low;
    options.hash_rate_max_hps = *high;
    return true;
}

void add_load(CLI::App& app, Options& options, Texts& texts) {
    app.add_option("--url", texts.url, "stratum+tcp://HOST:PORT")->required();
    app.add_option("--user", options.user, "Miners authorize as USER.1, USER.2 ... (loadgen)");
    app.add_option("--miners", options.miners, "Miners that stay (1)")
        ->check(CLI::Range(0, 100000));
    app.add_option("--hash-rate", texts.hash_rate,
                   "Hashes a second of each miner: LOW:HIGH, spread between them (200:2k)");
    app.add_option("--share-rate", options.share_rate,
                   "Instead: shares a second of all miners together, whatever they are told")
        ->check(CLI::Range(0.0, 1e6));
    app.add_option("--suggest", options.suggests_for_shares_per_minute,
                   "Miners suggest the difficulty for so many shares a minute, of up to four "
                   "times more or less than they have (nothing is suggested)")
        ->check(CLI::Range(0.0, 6000.0));
    app.add_option("--fast", texts.fast,
                   "The first miner has this hash rate: it floods with shares")
        ->check(check_rate);
    app.add_option("--joiners", options.joiners, "Further miners, which leave and come back");
    app.add_option("--stay", texts.stays, "How long those stay, on average (20s)")
        ->check(check_duration);
    app.add_option("--duplicating", options.duplicating,
                   "So many miners submit each tenth share twice");
    app.add_option("--wrong-workers", options.wrong_workers,
                   "So many miners submit each tenth share for a worker of another name");
}

void add_misbehaving(CLI::App& app, Options& options) {
    for (const auto kind : misbehaviours)
        app.add_option("--" + std::string{name_of(kind)}, options.misbehaving[kind],
                       fmt::format("So many further peers of this kind: {}", text_of(kind)));
    app.add_option("--flood-rate", options.flood_rate,
                   "Lines a second of each peer that floods (3000)")
        ->check(CLI::Range(1.0, 1e6));
}

void add_run(CLI::App& app, Options& options, Texts& texts) {
    app.add_flag("--spread-addresses", options.spreads_addresses,
                 "Connect from many addresses of 127.0.0.0/8, and misbehaving peers from others");
    app.add_option("--addresses", options.addresses, "How many each kind has (250)")
        ->check(CLI::Range(1, 60000));
    app.add_option("--ramp", texts.ramp, "How long it takes until all have connected (2s)")
        ->check(check_duration);
    app.add_option("--for", texts.run_for, "End after that time (at SIGINT or SIGTERM)")
        ->check(check_duration);
    app.add_option("--gaps-from", texts.gap_min,
                   "Times without service from so long on are listed (1s)")
        ->check(check_duration);
    app.add_option("--seed", options.seed, "Chance that comes again");
    app.add_option("--journal", options.journal_path,
                   "Append every share and every answer to this file (JSON Lines)");
    app.add_option("--summary", options.summary_path, "Write the whole run to this file (JSON)");
}

}  // namespace

std::optional<Options> read_options(int argc, char** argv, int& exit_code) {
    Options options;
    options.user = "loadgen";
    options.miners = 1;
    options.flood_rate = 3000;
    Texts texts;
    CLI::App app{
        "Thousands of SV1 miners in one process, and peers that misbehave. They hash what they are "
        "told as fast as their hash rates have it, so difficulties must be easy: a thousand miners "
        "of 1,000 hashes a second are a tenth of a CPU. A line of JSON a second tells how it goes.",
        "adit-loadgen"};
    app.set_version_flag("--version", "adit-loadgen 0.1.0");
    add_load(app, options, texts);
    add_misbehaving(app, options);
    add_run(app, options, texts);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        exit_code = app.exit(error) == 0 ? 0 : 1;
        return std::nullopt;
    }
    const auto refuse = [&](const std::string& reason) {
        fmt::print(stderr, "adit-loadgen: {}\n", reason);
        exit_code = 1;
        return std::nullopt;
    };
    const auto pool = find(texts.url);
    if (!pool)
        return refuse(fmt::format("--url {}: want stratum+tcp://HOST:PORT of a host that is known",
                                  texts.url));
    options.pool = *pool;
    if (!read_hash_rates(texts.hash_rate, options))
        return refuse(fmt::format("--hash-rate {}: want LOW:HIGH such as 200:2k", texts.hash_rate));
    if (options.user.empty() || options.user.size() > 200)
        return refuse("--user must have 1 to 200 bytes");
    if (options.spreads_addresses && !pool->address().is_loopback())
        return refuse("--spread-addresses is for pools on this machine");
    options.fast_hps = *miner::parse_rate(texts.fast);
    options.stays = *miner::parse_duration(texts.stays);
    options.ramp = *miner::parse_duration(texts.ramp);
    options.gap_min = *miner::parse_duration(texts.gap_min);
    if (!texts.run_for.empty()) options.run_for = miner::parse_duration(texts.run_for);
    return options;
}

}  // namespace loadgen
