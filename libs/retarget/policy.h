#pragma once

#include <array>
#include <chrono>

#include "retarget/evidence.h"

namespace retarget {

/// What an operator wants of the shares of a channel. A value.
struct Policy {
    /// How many shares a minute a channel is to send. Six are enough to see a device die within two
    /// minutes, and a hundred thousand channels then cost the ledger ten thousand shares a second.
    double shares_per_minute = 6;
    /// How often a miner whose hash rate does not change may be given another target on average.
    /// A longer time makes every real change be seen later, by its logarithm.
    std::chrono::seconds false_change_every = std::chrono::hours{4};
    /// Targets are eased to the next power of two of hashes a share: for firmware that shows or
    /// takes nothing else. The shares are then up to twice as many.
    bool powers_of_two = false;
    friend bool operator==(const Policy&, const Policy&) = default;
};

/// Below one share in ten minutes a device could die unseen for hours; above twenty a second they
/// say no more about it and only cost.
inline constexpr double shares_per_minute_min = 0.1;
inline constexpr double shares_per_minute_max = 1200;

/// When a change is likelier than chance. Computed once for a policy.
struct Rules {
    /// What each chart has to reach.
    std::array<double, chart_count> thresholds{};
    /// A rise is believed when it has lasted so long: shares that a network has held up come all at
    /// once, and are no faster miner.
    double rise_seconds_min{};
    /// In an unusual silence a fall is believed when the silence has lasted so long: a network may
    /// hold shares up, which then come.
    double silence_seconds_min{};
};
Rules rules(const Policy& policy);

}  // namespace retarget
