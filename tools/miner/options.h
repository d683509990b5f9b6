#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "miner/pool_address.h"

namespace miner {

struct Options {
    PoolAddress address{};
    std::vector<std::string> users{};
    std::size_t standard_channels = 0;
    std::size_t extended_channels = 0;
    std::uint64_t shares = 0;  ///< 0: no limit
    std::optional<std::chrono::milliseconds> run_for{};
    unsigned threads = 1;
    double throttle_hps = 0;                        ///< of each channel; 0: full speed
    std::optional<double> nominal_hash_rate_hps{};  ///< of each channel
    // Of SV2 alone.
    std::uint16_t min_extranonce_size = 4;
    bool requires_standard_jobs = false;
    std::string worker{};
    // Of SV1 alone.
    std::string password{"x"};
    bool is_rolling_versions = true;
    std::optional<double> suggested_difficulty{};  ///< 0: none; nothing: from the hash rate
    bool is_reconnecting = true;
    std::string journal_path{};
    std::string summary_path{};
};

/// Reads the command line. Nothing when the run is over with that: `exit_code` is then set, and
/// help or the reason has been printed.
std::optional<Options> read_options(int argc, char** argv, int& exit_code);

}  // namespace miner
