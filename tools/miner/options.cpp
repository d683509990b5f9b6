#include "miner/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <thread>

#include "miner/pool_address.h"
#include "miner/quantity.h"
#include "sv2/limits.h"
#include "sv2/tlv.h"
#include "sv2/types.h"

namespace miner {
namespace {

std::string check_rate(const std::string& text) {
    return parse_rate(text) ? "" : fmt::format("'{}' is no rate (such as 250k or 1.5M)", text);
}

std::string check_duration(const std::string& text) {
    return parse_duration(text) ? "" : fmt::format("'{}' is no duration (such as 60s or 5m)", text);
}

}  // namespace

std::optional<Options> read_options(int argc, char** argv, int& exit_code) {
    Options options;
    std::string url;
    std::string run_for;
    std::string throttle;
    std::string nominal;
    options.threads = std::max(1U, std::thread::hardware_concurrency());

    CLI::App app{"A CPU miner for Stratum V2, for trying and testing a pool.", "adit-miner"};
    app.set_version_flag("--version", "adit-miner 0.1.0");
    app.add_option("--url", url, "stratum2+tcp://HOST:PORT/AUTHORITY_KEY")->required();
    app.add_option("--user", options.users,
                   "User identity of every channel; given again, the channels take them in turn")
        ->required()
        ->allow_extra_args(false);
    app.add_option("--standard", options.standard_channels, "Standard channels to open");
    app.add_option("--extended", options.extended_channels,
                   "Extended channels to open (1 if neither kind is asked for)");
    app.add_option("--shares", options.shares, "End when so many shares have been submitted");
    app.add_option("--for", run_for, "End after that time, such as 60s")->check(check_duration);
    app.add_option("--threads", options.threads, "Hashing threads (one for each core)")
        ->check(CLI::Range(1U, 1024U));
    app.add_option("--throttle", throttle,
                   "Hashes per second of each channel, such as 250k (full speed)")
        ->check(check_rate);
    app.add_option("--nominal-hash-rate", nominal,
                   "Hash rate to announce for each channel (the throttle, or measured)")
        ->check(check_rate);
    app.add_option("--min-extranonce-size", options.min_extranonce_size,
                   "Bytes to roll that an extended channel must have (4)")
        ->check(CLI::Range(0, 32));
    app.add_flag("--standard-jobs", options.requires_standard_jobs,
                 "Demand standard jobs on standard channels (REQUIRES_STANDARD_JOBS)");
    app.add_option("--worker", options.worker,
                   "Name of the worker that finds the extended shares (extension 0x0002)");
    app.add_flag("--reconnect,!--no-reconnect", options.is_reconnecting,
                 "Go on after a lost connection (default)");
    app.add_option("--journal", options.journal_path,
                   "Append every share and every answer to this file (JSON Lines)");
    app.add_option("--summary", options.summary_path, "Write a summary to this file (JSON)");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        exit_code = app.exit(error) == 0 ? 0 : 1;
        return std::nullopt;
    }
    const auto refuse = [&](const std::string& reason) {
        fmt::print(stderr, "adit-miner: {}\n", reason);
        exit_code = 1;
        return std::nullopt;
    };
    const auto address = parse_pool_address(url);
    if (!address) return refuse("--url " + address.error());
    options.address = *address;
    if (std::ranges::any_of(options.users, [](const std::string& user) {
            return user.empty() || user.size() > sv2::Str0_255::size_max;
        }))
        return refuse("--user must have 1 to 255 bytes");
    if (options.worker.size() > sv2::user_identity_size_max)
        return refuse("--worker must have at most 32 bytes");
    if (!run_for.empty()) options.run_for = parse_duration(run_for);
    if (!throttle.empty()) options.throttle_hps = *parse_rate(throttle);
    if (!nominal.empty()) options.nominal_hash_rate_hps = parse_rate(nominal);
    if (options.standard_channels + options.extended_channels == 0) options.extended_channels = 1;
    if (options.standard_channels > sv2::limits::channels_per_connection_max ||
        options.extended_channels > sv2::limits::channels_per_connection_max)
        return refuse(fmt::format("at most {} channels fit into a connection",
                                  sv2::limits::channels_per_connection_max));
    if (options.requires_standard_jobs && options.extended_channels > 0)
        return refuse(
            "--standard-jobs excludes extended channels: add --standard and no --extended");
    return options;
}

}  // namespace miner
