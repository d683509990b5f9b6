#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/misbehaviour.h"
#include "loadgen/share_plan.h"
#include "loadgen/sv1_style.h"
#include "miner/pool_address.h"

namespace loadgen {

/// What SV2 miners open.
enum class Channels { standard, extended, mixed };

struct Options {
    miner::PoolAddress pool{};
    std::vector<boost::asio::ip::tcp::endpoint> endpoints{};  ///< of it; at least one
    std::string user{};
    std::size_t miners = 0;
    double hash_rate_min_hps = 0;
    double hash_rate_max_hps = 0;
    double share_rate = 0;        ///< shares a second of all miners; 0: as hash rates have it
    std::uint64_t in_flight = 0;  ///< shares of a miner without an answer; 0: an open loop
    double hash_budget_hps = 0;   ///< of all miners together
    std::size_t hash_ahead = 0;   ///< shares of each channel before anybody submits one
    bool keeps_jobs = false;
    bool avoids_blocks = false;
    BadShares bad_shares{};
    double storm_rate = 0;
    std::size_t slow_readers = 0;
    // Of SV2 alone.
    Channels channels = Channels::standard;
    std::size_t channels_each = 1;
    bool requires_standard_jobs = false;
    bool sends_shares_apart = false;
    bool submits_at_once = false;
    std::optional<std::chrono::milliseconds> begins_after{};  ///< when all work; each by itself
    std::optional<double> nominal_hash_rate_hps{};            ///< of each channel
    // Of SV1 alone.
    std::string password{};
    const Sv1Style* style = nullptr;  ///< of each miner; none: they take them in turn
    double suggested_difficulty = 0;
    double suggests_for_shares_per_minute = 0;
    std::size_t duplicating = 0;
    std::size_t wrong_workers = 0;
    double fast_hps = 0;  ///< of the first miner, instead of its own
    // Of both.
    std::size_t joiners = 0;  ///< further miners, which come and go
    std::chrono::milliseconds stays{};
    std::map<Misbehaviour, std::size_t> misbehaving{};
    double flood_rate = 0;
    bool spreads_addresses = false;
    std::size_t addresses = 250;
    std::chrono::milliseconds ramp{};
    std::chrono::milliseconds warm_up{};
    std::optional<std::chrono::milliseconds> run_for{};
    std::chrono::milliseconds gap_min{};
    std::optional<std::uint64_t> seed{};
    std::string journal_path{};
    std::string summary_path{};
};

/// How many there may be at once.
std::size_t connections_of(const Options& options);

/// Reads the command line. Nothing when the run is over with that: `exit_code` is then set, and
/// help or the reason has been printed.
std::optional<Options> read_options(int argc, char** argv, int& exit_code);

}  // namespace loadgen
