#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace service {

/// A place to listen or to dial: a name or a numeric address, and a port in host order. Port 0
/// lets the kernel choose when listening.
struct Endpoint {
    std::string host{};
    std::uint16_t port{};
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Reads `host:port`, `1.2.3.4:port` or `[v6]:port`. Nothing if the text has another form.
std::optional<Endpoint> parse_endpoint(std::string_view text);

/// The form that parse_endpoint() reads.
std::string to_string(const Endpoint& endpoint);

/// What an operator reads when we cannot listen: which address, which configuration key chose it,
/// and what to do.
std::string listen_failure(const Endpoint& endpoint, std::string_view key,
                           const std::error_code& why);

}  // namespace service
