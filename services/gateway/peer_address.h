#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

namespace gateway {

/// The address that a peer has where it lives: IPv4 also where it came through an IPv6 socket.
boost::asio::ip::address plain(const boost::asio::ip::address& address);

/// Under which name a peer's connections are counted. One host has a whole /64 of IPv6 addresses,
/// so these count as one.
std::string limit_key(const boost::asio::ip::address& address);

}  // namespace gateway
