#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>

#include "base/clock.h"
#include "loadgen/options.h"

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

}  // namespace loadgen
