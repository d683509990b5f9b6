#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

#include "base/ip_network.h"

namespace edge {

base::IpAddress to_ip_address(const boost::asio::ip::address& address);

/// Under which name a peer's connections are counted. One host has a whole /64 of IPv6 addresses,
/// so these count as one.
std::string limit_key(const base::IpAddress& address);

}  // namespace edge
