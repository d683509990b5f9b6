#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redis {

/// Where a Redis or a Sentinel listens: a host and port, or the path of a unix socket.
struct Address {
    std::string host{};
    std::uint16_t port = 0;
    std::string unix_path{};

    friend bool operator==(const Address&, const Address&) = default;
};

/// Reads "host:port", "[::1]:port" or "unix:/path". Nothing if it is none of them.
std::optional<Address> parse_address(std::string_view text);

std::string to_string(const Address& address);

}  // namespace redis
