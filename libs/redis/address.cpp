#include "redis/address.h"

#include <charconv>

namespace redis {

std::optional<Address> parse_address(std::string_view text) {
    constexpr std::string_view unix_prefix = "unix:";
    if (text.starts_with(unix_prefix)) {
        const auto path = text.substr(unix_prefix.size());
        // sockaddr_un holds 108 bytes with the closing zero.
        if (!path.starts_with('/') || path.size() > 107) return std::nullopt;
        Address address;
        address.unix_path = path;
        return address;
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return std::nullopt;
    }
    Address address;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || address.port == 0)
        return std::nullopt;
    if (host.empty()) return std::nullopt;
    address.host = host;
    return address;
}

std::string to_string(const Address& address) {
    if (!address.unix_path.empty()) return "unix:" + address.unix_path;
    const bool is_v6 = address.host.find(':') != std::string::npos;
    return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace redis
