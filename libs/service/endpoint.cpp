#include "service/endpoint.h"

#include <fmt/format.h>

#include <charconv>

namespace service {

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);

    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.find_first_of("[]:") != std::string_view::npos)
        return std::nullopt;  // an IPv6 address without brackets could be cut anywhere
    if (host.empty() || host.find_first_of(" \t/@") != std::string_view::npos) return std::nullopt;

    std::uint16_t port{};
    const auto* const end = digits.data() + digits.size();
    const auto [stopped_at, error] = std::from_chars(digits.data(), end, port);
    if (error != std::errc{} || stopped_at != end) return std::nullopt;
    return Endpoint{.host = std::string{host}, .port = port};
}

std::string to_string(const Endpoint& endpoint) {
    const bool is_v6 = endpoint.host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                 : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

std::string listen_failure(const Endpoint& endpoint, std::string_view key,
                           const std::error_code& why) {
    const auto address = to_string(endpoint);
    if (why == std::errc::address_in_use)
        return fmt::format(
            "address in use: {} ({}); choose another port or stop the process that holds it",
            address, key);
    if (why == std::errc::permission_denied)
        return fmt::format("not allowed to listen on {} ({}); choose a port above 1023", address,
                           key);
    if (why == std::errc::address_not_available)
        return fmt::format("not an address of this machine: {} ({})", address, key);
    return fmt::format("cannot listen on {} ({}): {}", address, key, why.message());
}

}  // namespace service
