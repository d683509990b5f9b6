#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "loadgen/misbehaviour.h"

namespace loadgen {

struct Options {
    boost::asio::ip::tcp::endpoint pool{};
    std::string user{};
    std::size_t miners = 0;
    double hash_rate_min_hps = 0;
    double hash_rate_max_hps = 0;
    double share_rate = 0;  ///< shares a second of all miners; 0: as hash rates have it
    double suggests_for_shares_per_minute = 0;
    std::size_t joiners = 0;  ///< further miners, which come and go
    std::chrono::milliseconds stays{};
    std::size_t duplicating = 0;
    std::size_t wrong_workers = 0;
    double fast_hps = 0;  ///< of the first miner, instead of its own
    std::map<Misbehaviour, std::size_t> misbehaving{};
    double flood_rate = 0;
    bool spreads_addresses = false;
    std::size_t addresses = 250;
    std::chrono::milliseconds ramp{};
    std::optional<std::chrono::milliseconds> run_for{};
    std::chrono::milliseconds gap_min{};
    std::optional<std::uint64_t> seed{};
    std::string journal_path{};
    std::string summary_path{};
};

/// Reads the command line. Nothing when the run is over with that: `exit_code` is then set, and
/// help or the reason has been printed.
std::optional<Options> read_options(int argc, char** argv, int& exit_code);

}  // namespace loadgen
