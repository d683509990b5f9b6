#include "loadgen/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <cstdio>
#include <utility>

#include "miner/quantity.h"
#include "sv2/limits.h"

namespace loadgen {
namespace {

using tcp = boost::asio::ip::tcp;

constexpr const char* sv2_group = "Of a Stratum V2 pool";
constexpr const char* sv1_group = "Of a Stratum V1 pool";

constexpr std::array bad_intents{std::pair{"duplicate", Intent::duplicate},
                                 std::pair{"low-difficulty", Intent::low_difficulty},
                                 std::pair{"stale-job", Intent::stale_job},
                                 std::pair{"bad-job-id", Intent::bad_job_id},
                                 std::pair{"bad-version", Intent::bad_version},
                                 std::pair{"bad-ntime", Intent::bad_ntime}};

/// As the command line has it.
struct Texts {
    std::string url{};
    std::string hash_rate = "200:2k";
    std::string hash_budget = "2M";
    std::string nominal{};
    std::string fast = "0";
    std::string stays = "20s";
    std::string ramp = "2s";
    std::string warm_up = "0ms";
    std::string run_for{};
    std::string begins_after{};
    std::string gap_min = "1s";
    std::string firmware{};
    std::vector<std::string> bad{};
};

/// Empty for a place that cannot be looked up.
std::vector<tcp::endpoint> find(const miner::PoolAddress& pool) {
    boost::asio::io_context loop;
    boost::system::error_code error;
    std::vector<tcp::endpoint> found;
    for (const auto& entry :
         tcp::resolver{loop}.resolve(pool.host, std::to_string(pool.port), error))
        found.push_back(entry.endpoint());
    return found;
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

/// "KIND=PART" of each; `all` shares its part among the kinds.
bool read_bad(const std::vector<std::string>& texts, Options& options) {
    double sum = 0;
    for (const auto& text : texts) {
        const auto sign = text.find('=');
        if (sign == std::string::npos) return false;
        double part = 0;
        const auto* const end = text.data() + text.size();
        const auto [at, error] = std::from_chars(text.data() + sign + 1, end, part);
        if (error != std::errc{} || at != end || !(part >= 0)) return false;
        sum += part;
        const auto kind = text.substr(0, sign);
        bool is_known = kind == "wrong-worker";
        if (is_known) options.bad_shares[Intent::wrong_worker] += part;
        for (const auto& [name, intent] : bad_intents) {
            if (kind != name && kind != "all") continue;
            options.bad_shares[intent] +=
                kind == "all" ? part / static_cast<double>(bad_intents.size()) : part;
            is_known = true;
        }
        if (!is_known) return false;
    }
    return sum <= 1;
}

void add_load(CLI::App& app, Options& options, Texts& texts) {
    app.add_option("--url", texts.url,
                   "stratum2+tcp://HOST:PORT/AUTHORITY_KEY or stratum+tcp://HOST:PORT")
        ->required();
    app.add_option("--user", options.user, "Miners are USER.1, USER.2 ... (loadgen)");
    app.add_option("--miners", options.miners, "Miners that stay, each with a connection (1)")
        ->check(CLI::Range(0, 100000));
    app.add_option("--hash-rate", texts.hash_rate,
                   "Hashes a second of each miner, or channel: LOW:HIGH, spread between them "
                   "(200:2k)");
    app.add_option("--share-rate", options.share_rate,
                   "Instead: shares a second of all miners together, whatever they are told")
        ->check(CLI::Range(0.0, 1e6));
    app.add_option("--joiners", options.joiners, "Further miners, which leave and come back");
    app.add_option("--stay", texts.stays, "How long those stay, on average (20s)")
        ->check(check_duration);
}

void add_sv2(CLI::App& app, Options& options, Texts& texts) {
    const auto add = [&app]<class Value>(const char* name, Value& value, const char* text) {
        return app.add_option(name, value, text)->group(sv2_group);
    };
    const std::map<std::string, Channels> kinds{{"standard", Channels::standard},
                                                {"extended", Channels::extended},
                                                {"mixed", Channels::mixed}};
    add("--channels", options.channels, "standard, extended or mixed (standard)")
        ->transform(CLI::CheckedTransformer(kinds).description("KIND"));
    add("--channels-each", options.channels_each, "Channels of each connection (1)")
        ->check(CLI::Range(std::size_t{1}, sv2::limits::channels_per_connection_max));
    app.add_flag("--standard-jobs", options.requires_standard_jobs,
                 "Demand standard jobs (REQUIRES_STANDARD_JOBS)")
        ->group(sv2_group);
    app.add_flag("--shares-apart", options.sends_shares_apart,
                 "Each share leaves in a segment of its own, as devices send them")
        ->group(sv2_group);
    app.add_flag(
           "--share-at-once", options.submits_at_once,
           "With --share-rate: a miner's first share of a connection is found with its first "
           "job, so that the end of an outage can be seen; another one where that was refused")
        ->group(sv2_group);
    add("--begin-after", texts.begins_after,
        "No share before every miner works, and for so long from then on (each begins by itself)")
        ->check(check_duration);
    add("--nominal-hash-rate", texts.nominal,
        "Told of each channel (its hash rate; with --share-rate its shares a second, which asks "
        "for the easiest target)")
        ->check(check_rate);
}

/// How shares are found, and which are bad.
void add_shares(CLI::App& app, Options& options, Texts& texts) {
    app.add_option("--in-flight", options.in_flight,
                   "Instead: a closed loop, in which each miner has so many shares without an "
                   "answer and submits as fast as answers come")
        ->check(CLI::Range(1, 65000));
    app.add_option("--hash-budget", texts.hash_budget,
                   "With --share-rate or --in-flight: hashes a second of all miners together, "
                   "where a target asks for them (2M)")
        ->check(check_rate);
    app.add_option("--hash-ahead", options.hash_ahead,
                   "With --share-rate or --in-flight: each channel finds so many shares within the "
                   "budget before anybody submits one, for a minute at most; they are good until "
                   "the next job, with --keep-jobs until the next block (0)")
        ->check(CLI::Range(0, 1000000));
    app.add_flag("--keep-jobs", options.keeps_jobs,
                 "Work on the first job of each block until the next block, whatever jobs come");
    app.add_flag("--avoid-blocks", options.avoids_blocks,
                 "No share solves a block: on a regtest chain every second hash would; the pool "
                 "has to have easier targets than its chain");
    app.add_option(
           "--bad", texts.bad,
           "KIND=PART of the shares are bad: duplicate, low-difficulty, stale-job, "
           "bad-job-id, bad-version, bad-ntime, or all of these, such as --bad all=0.06; of "
           "Stratum V1 also wrong-worker (none); may be given again")
        ->allow_extra_args(false);
    app.add_option("--storm", options.storm_rate,
                   "So many connections a second come beside them, shake hands (of Stratum V1: "
                   "subscribe) and go")
        ->check(CLI::Range(0.0, 10000.0));
    app.add_option("--slow-readers", options.slow_readers,
                   "So many further peers greet as miners do and read 2 KiB a second");
}

void add_sv1(CLI::App& app, Options& options, Texts& texts) {
    app.add_option("--password", options.password, "Of each miner (x)")->group(sv1_group);
    app.add_option("--firmware", texts.firmware,
                   "How miners greet: cgminer, bitaxe, nerdminer, whatsminer or bfgminer (each in "
                   "turn)")
        ->group(sv1_group);
    app.add_option("--difficulty", options.suggested_difficulty,
                   "Miners suggest this one (mining.suggest_difficulty), such as 1e-9")
        ->check(CLI::Range(1e-12, 1e15))
        ->group(sv1_group);
    app.add_option("--suggest", options.suggests_for_shares_per_minute,
                   "Miners suggest the difficulty for so many shares a minute, of up to four "
                   "times more or less than they have (nothing is suggested)")
        ->check(CLI::Range(0.0, 6000.0))
        ->group(sv1_group);
    app.add_option("--fast", texts.fast,
                   "The first miner has this hash rate: it floods with shares")
        ->check(check_rate)
        ->group(sv1_group);
    app.add_option("--duplicating", options.duplicating,
                   "So many miners submit each tenth share twice")
        ->group(sv1_group);
    app.add_option("--wrong-workers", options.wrong_workers,
                   "So many miners submit each tenth share for a worker of another name")
        ->group(sv1_group);
    app.add_option("--flood-rate", options.flood_rate,
                   "Lines a second of each peer that floods (3000)")
        ->check(CLI::Range(1.0, 1e6))
        ->group(sv1_group);
}

void add_misbehaving(CLI::App& app, Options& options) {
    for (const auto kind : misbehaviours) {
        auto* const option =
            app.add_option("--" + std::string{name_of(kind)}, options.misbehaving[kind],
                           fmt::format("So many further peers of this kind: {}", text_of(kind)));
        if (kind == Misbehaviour::half_lines || kind == Misbehaviour::floods)
            option->group(sv1_group);
    }
}

void add_run(CLI::App& app, Options& options, Texts& texts) {
    app.add_flag("--spread-addresses", options.spreads_addresses,
                 "Connect from many addresses of 127.0.0.0/8, and misbehaving peers from others");
    app.add_option("--addresses", options.addresses, "How many each kind has (250)")
        ->check(CLI::Range(1, 60000));
    app.add_option("--ramp", texts.ramp, "How long it takes until all have connected (2s)")
        ->check(check_duration);
    app.add_option("--warm-up", texts.warm_up,
                   "No quantile of the summary knows of what happened before (0ms)")
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

/// Nothing, or why the options are refused.
std::optional<std::string> take_texts(const CLI::App& app, const Texts& texts, Options& options) {
    const auto pool = miner::parse_pool_address(texts.url);
    if (!pool) return "--url " + pool.error();
    if (pool->protocol == miner::PoolProtocol::sv1_tls)
        return fmt::format("--url {}: miners of Stratum V1 speak plain TCP here", texts.url);
    options.pool = *pool;
    const bool has_sv1 = miner::is_sv1(pool->protocol);
    const std::string_view foreign = has_sv1 ? sv2_group : sv1_group;
    for (const auto* option : app.get_options())
        if (option->get_group() == foreign && option->count() > 0)
            return fmt::format("{} is for a Stratum {} pool, and --url names one of Stratum {}",
                               option->get_name(), has_sv1 ? "V2" : "V1", has_sv1 ? "V1" : "V2");
    if (!read_hash_rates(texts.hash_rate, options))
        return fmt::format("--hash-rate {}: want LOW:HIGH such as 200:2k", texts.hash_rate);
    if (!read_bad(texts.bad, options))
        return "--bad: want KIND=PART such as duplicate=0.01, of at most 1 in all; --help names "
               "the kinds";
    if (options.in_flight > 0 && options.share_rate > 0)
        return "--in-flight is a closed loop and --share-rate an open one: give one of them";
    if (options.hash_ahead > 0 && options.in_flight == 0 && options.share_rate == 0)
        return "--hash-ahead goes with --share-rate or --in-flight: with a --hash-rate shares are "
               "found at their moments";
    if (!has_sv1 && options.bad_shares.contains(Intent::wrong_worker))
        return "--bad wrong-worker is for a Stratum V1 pool: of V2, a channel has its user";
    if (!texts.firmware.empty() && !(options.style = sv1_style_named(texts.firmware)))
        return fmt::format(
            "--firmware {}: there are cgminer, bitaxe, nerdminer, whatsminer and "
            "bfgminer",
            texts.firmware);
    if (options.suggested_difficulty > 0 && options.suggests_for_shares_per_minute > 0)
        return "--difficulty is the same for all and --suggest another for each: give one of them";
    if (options.user.empty() || options.user.size() > 200) return "--user must have 1 to 200 bytes";
    if (options.submits_at_once && options.share_rate <= 0)
        return "--share-at-once is for an open loop: give a --share-rate";
    options.endpoints = find(*pool);
    if (options.endpoints.empty())
        return fmt::format("--url {}: {} is not known here", texts.url, pool->host);
    if (options.spreads_addresses && !options.endpoints.front().address().is_loopback())
        return "--spread-addresses is for pools on this machine";
    options.fast_hps = *miner::parse_rate(texts.fast);
    options.hash_budget_hps = *miner::parse_rate(texts.hash_budget);
    if (!texts.nominal.empty()) options.nominal_hash_rate_hps = miner::parse_rate(texts.nominal);
    options.stays = *miner::parse_duration(texts.stays);
    options.ramp = *miner::parse_duration(texts.ramp);
    options.warm_up = *miner::parse_duration(texts.warm_up);
    options.gap_min = *miner::parse_duration(texts.gap_min);
    if (!texts.begins_after.empty())
        options.begins_after = miner::parse_duration(texts.begins_after);
    if (!texts.run_for.empty()) options.run_for = miner::parse_duration(texts.run_for);
    return std::nullopt;
}

}  // namespace

std::size_t connections_of(const Options& options) {
    auto count = options.miners + options.joiners + options.slow_readers +
                 static_cast<std::size_t>(options.storm_rate) + 1;
    for (const auto& [kind, peers] : options.misbehaving) count += peers;
    return count;
}

std::optional<Options> read_options(int argc, char** argv, int& exit_code) {
    Options options;
    options.user = "loadgen";
    options.password = "x";
    options.miners = 1;
    options.flood_rate = 3000;
    Texts texts;
    CLI::App app{
        "Thousands of miners in one process, of Stratum V2 or V1, and peers that misbehave. They "
        "hash what they are told as fast as their hash rates have it, or find shares at a given "
        "rate, so difficulties must be easy: a thousand miners of 1,000 hashes a second are a "
        "tenth of a CPU. A line of JSON a second tells how it goes.",
        "adit-loadgen"};
    app.set_version_flag("--version", "adit-loadgen 0.1.0");
    add_load(app, options, texts);
    add_shares(app, options, texts);
    add_misbehaving(app, options);
    add_run(app, options, texts);
    add_sv2(app, options, texts);
    add_sv1(app, options, texts);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        exit_code = app.exit(error) == 0 ? 0 : 1;
        return std::nullopt;
    }
    if (const auto fault = take_texts(app, texts, options)) {
        fmt::print(stderr, "adit-loadgen: {}\n", *fault);
        exit_code = 1;
        return std::nullopt;
    }
    return options;
}

}  // namespace loadgen
