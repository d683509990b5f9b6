#include "miner/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <thread>

#include "miner/pool_address.h"
#include "miner/quantity.h"
#include "sv1/call.h"
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

constexpr const char* sv2_group = "Of a Stratum V2 pool";
constexpr const char* sv1_group = "Of a Stratum V1 pool";

// Read once everything has been given.
struct Texts {
    std::string url{};
    std::string run_for{};
    std::string throttle{};
    std::string nominal{};
    std::string tls_authorities_file{};
};

void add_options(CLI::App& app, Options& options, Texts& texts) {
    app.set_version_flag("--version", "adit-miner 0.1.0");
    app.add_option("--url", texts.url,
                   "stratum2+tcp://HOST:PORT/AUTHORITY_KEY, stratum+tcp://HOST:PORT or "
                   "stratum+ssl://HOST:PORT")
        ->required();
    app.add_option("--user", options.users,
                   "User identity of every channel; given again, the channels take them in turn. "
                   "Of SV1: the worker, USER.NAME")
        ->required()
        ->allow_extra_args(false);
    app.add_option("--shares", options.shares, "End when so many shares have been submitted");
    app.add_option("--for", texts.run_for, "End after that time, such as 60s")
        ->check(check_duration);
    app.add_option("--threads", options.threads, "Hashing threads (one for each core)")
        ->check(CLI::Range(1U, 1024U));
    app.add_option("--throttle", texts.throttle,
                   "Hashes per second of each channel, such as 250k (full speed)")
        ->check(check_rate);
    app.add_option("--nominal-hash-rate", texts.nominal,
                   "Hash rate to announce for each channel (the throttle, or measured)")
        ->check(check_rate);
    app.add_flag("--reconnect,!--no-reconnect", options.is_reconnecting,
                 "Go on after a lost connection (default)");
    app.add_option("--journal", options.journal_path,
                   "Append every share and every answer to this file (JSON Lines)");
    app.add_option("--summary", options.summary_path, "Write a summary to this file (JSON)");
}

void add_sv2_options(CLI::App& app, Options& options) {
    app.add_option("--standard", options.standard_channels, "Standard channels to open")
        ->group(sv2_group);
    app.add_option("--extended", options.extended_channels,
                   "Extended channels to open (1 if neither kind is asked for)")
        ->group(sv2_group);
    app.add_option("--min-extranonce-size", options.min_extranonce_size,
                   "Bytes to roll that an extended channel must have (4)")
        ->check(CLI::Range(0, 32))
        ->group(sv2_group);
    app.add_flag("--standard-jobs", options.requires_standard_jobs,
                 "Demand standard jobs on standard channels (REQUIRES_STANDARD_JOBS)")
        ->group(sv2_group);
    app.add_option("--worker", options.worker,
                   "Name of the worker that finds the extended shares (extension 0x0002)")
        ->group(sv2_group);
}

void add_sv1_options(CLI::App& app, Options& options, Texts& texts) {
    app.add_option("--password", options.password, "Of mining.authorize, such as d=0.01 (x)")
        ->group(sv1_group);
    app.add_option("--suggest-difficulty", options.suggested_difficulty,
                   "Difficulty to begin with (a share every ten seconds); 0 to suggest none")
        ->check(CLI::Range(0.0, 1e18))
        ->group(sv1_group);
    app.add_option("--tls-authorities", texts.tls_authorities_file,
                   "Whom to trust at stratum+ssl://, certificates in a file (PEM): the pool's own "
                   "will do (those that the system trusts)")
        ->check(CLI::ExistingFile)
        ->group(sv1_group);
    app.add_flag("!--no-version-rolling", options.is_rolling_versions,
                 "Leave out mining.configure, as old miners do")
        ->group(sv1_group);
}

// Nothing, or why the options are refused.
std::optional<std::string> find_fault(const CLI::App& app, const Options& options) {
    const bool has_sv1 = is_sv1(options.address.protocol);
    const std::string_view foreign = has_sv1 ? sv2_group : sv1_group;
    for (const auto* option : app.get_options())
        if (option->get_group() == foreign && option->count() > 0)
            return fmt::format("{} is for a Stratum {} pool, and --url names one of Stratum {}",
                               option->get_name(), has_sv1 ? "V2" : "V1", has_sv1 ? "V1" : "V2");
    if (std::ranges::any_of(options.users, [](const std::string& user) {
            return user.empty() || user.size() > sv2::Str0_255::size_max;
        }))
        return "--user must have 1 to 255 bytes";
    if (has_sv1 && options.users.size() > 1)
        return "--user names the worker of a Stratum V1 connection, which has one: give it once";
    if (!options.address.tls_authorities_file.empty() &&
        options.address.protocol != PoolProtocol::sv1_tls)
        return "--tls-authorities is for a pool that speaks TLS, stratum+ssl://HOST:PORT";
    if (options.password.size() > sv1::text_size_max)
        return "--password must have at most 255 bytes";
    if (options.worker.size() > sv2::user_identity_size_max)
        return "--worker must have at most 32 bytes";
    if (options.standard_channels > sv2::limits::channels_per_connection_max ||
        options.extended_channels > sv2::limits::channels_per_connection_max)
        return fmt::format("at most {} channels fit into a connection",
                           sv2::limits::channels_per_connection_max);
    if (options.requires_standard_jobs && options.extended_channels > 0)
        return "--standard-jobs excludes extended channels: add --standard and no --extended";
    return std::nullopt;
}

}  // namespace

std::optional<Options> read_options(int argc, char** argv, int& exit_code) {
    Options options;
    Texts texts;
    options.threads = std::max(1U, std::thread::hardware_concurrency());
    CLI::App app{"A CPU miner for Stratum V2 and V1, for trying and testing a pool.", "adit-miner"};
    add_options(app, options, texts);
    add_sv2_options(app, options);
    add_sv1_options(app, options, texts);
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
    const auto address = parse_pool_address(texts.url);
    if (!address) return refuse("--url " + address.error());
    options.address = *address;
    options.address.tls_authorities_file = texts.tls_authorities_file;
    if (!texts.run_for.empty()) options.run_for = parse_duration(texts.run_for);
    if (!texts.throttle.empty()) options.throttle_hps = *parse_rate(texts.throttle);
    if (!texts.nominal.empty()) options.nominal_hash_rate_hps = parse_rate(texts.nominal);
    if (options.standard_channels + options.extended_channels == 0) options.extended_channels = 1;
    if (const auto fault = find_fault(app, options)) return refuse(*fault);
    return options;
}

}  // namespace miner
