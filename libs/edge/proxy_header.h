#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/ip_network.h"
#include "base/result.h"

namespace edge {

/// The longest header of version 1, with its CRLF.
inline constexpr std::size_t proxy_v1_size_max = 107;
/// The longest of version 2 that we take: 16 bytes, addresses, and TLVs, of which a proxy that
/// passes on a client's certificate sends the most. Its length field could say 64 KiB.
inline constexpr std::size_t proxy_v2_size_max = 4096;
inline constexpr std::size_t proxy_header_size_max = proxy_v2_size_max;

/// What a proxy says about the connection that it passes on.
struct ProxyHeader {
    struct Source {
        base::IpAddress address{};
        std::uint16_t port{};
        friend bool operator==(const Source&, const Source&) = default;
    };
    std::size_t size{};  ///< how many bytes the header takes
    /// Whose connection it is. Nothing when the proxy itself asks (LOCAL: a health check) or does
    /// not know (UNKNOWN, or a family without addresses of the internet).
    std::optional<Source> source{};
};

enum class ProxyHeaderError {
    missing,    ///< the connection begins with something else
    malformed,  ///< it begins as one and goes on wrong, or is of an unknown version
    too_long,
};
/// For the metric: "proxy-header-missing".
std::string_view error_name(ProxyHeaderError error);

/// Reads a PROXY protocol header, version 1 or 2, off the front of what a connection has sent so
/// far. Nothing while it may still become one. TLVs are skipped. Pure; it is decided with the first
/// byte that is wrong, and after `proxy_header_size_max` bytes at the latest.
/// Text: the PROXY protocol, Willy Tarreau, HAProxy Technologies, 2020/03/05.
base::Result<std::optional<ProxyHeader>, ProxyHeaderError> read_proxy_header(base::ByteView bytes);

}  // namespace edge
