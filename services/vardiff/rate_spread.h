#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "retarget/policy.h"
#include "retarget/track.h"

namespace vardiff {

/// The channels by the ratio of the shares that they send to the shares that are wanted of them:
/// whether targets converge, without naming a channel. A value.
struct RateSpread {
    static constexpr std::size_t ranges = 9;
    /// "0.8..1.25" and so on, from the most silent channels to those that flood.
    static constexpr std::array<std::string_view, ranges> names{
        "0..0.125", "0.125..0.25", "0.25..0.5", "0.5..0.8", "0.8..1.25",
        "1.25..2",  "2..4",        "4..8",      "8..inf"};

    std::array<std::size_t, ranges> channels{};
    /// Of all channels together.
    double sent_per_second{};
    double wanted_per_second{};

    void add(const retarget::Track& track, const retarget::Policy& policy);
    RateSpread& operator+=(const RateSpread& other);
};

/// Shares that it sends in a second: by the target in force, the hash rate that is believed, and
/// how the shares since the last change bear that out. So few that chance alone would decide are
/// outweighed by the belief.
double sent_per_second(const retarget::Track& track);

}  // namespace vardiff
