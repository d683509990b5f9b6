#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cmath>
#include <cstddef>

#include "base/clock.h"
#include "loadgen/options.h"
#include "loadgen/stocking.h"

/// Where and when the peers of a run connect.
namespace loadgen {

/// Who leaves and comes back has a shorter life than who stays.
inline constexpr auto churn_away = std::chrono::seconds{3};

/// A loopback address of its own for each few hundred connections: what a pool allows one address
/// is not what is measured. Unspecified where that is not wanted.
inline boost::asio::ip::address source_of(const Options& options, std::size_t number,
                                          unsigned group) {
    if (!options.spreads_addresses) return {};
    const auto place = static_cast<unsigned>(number % options.addresses);
    return boost::asio::ip::address_v4{(127U << 24) | (group << 16) | ((place / 250) << 8) |
                                       (place % 250 + 1)};
}

/// They come one after the other.
inline base::SteadyTime::duration joins_after(const Options& options, std::size_t number,
                                              std::size_t count) {
    return std::chrono::duration_cast<base::SteadyTime::duration>(
        options.ramp * (static_cast<double>(number) / static_cast<double>(count)));
}

/// How many make up a storm, each of which comes again after so long.
struct Storm {
    std::size_t peers = 0;
    std::chrono::nanoseconds again_after{};
};
inline Storm storm_of(const Options& options) {
    // Each has so much time; a second's are there at once.
    constexpr double time_s = 1;
    const auto peers = std::ceil(options.storm_rate * time_s);
    if (peers == 0) return {};
    return {static_cast<std::size_t>(peers),
            std::chrono::duration_cast<std::chrono::nanoseconds>(
                std::chrono::duration<double>(peers / options.storm_rate))};
}

/// Who hashes ahead for longer than a minute submits what there is.
inline Stocking stocking_of(const Options& options, base::SteadyTime now) {
    return {.each = options.hash_ahead,
            .lacking = options.miners + options.joiners,
            .until = now + options.ramp + std::chrono::minutes{1}};
}

}  // namespace loadgen
