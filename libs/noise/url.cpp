#include "noise/url.h"

#include <charconv>

namespace noise {
namespace {

constexpr std::size_t host_size_max = 253;  // what a name in the DNS may have
constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::string_view ipv6_characters = "abcdefABCDEF0123456789:.";

bool consists_of(std::string_view text, std::string_view characters) {
    return !text.empty() && text.size() <= host_size_max &&
           text.find_first_not_of(characters) == std::string_view::npos;
}

base::Result<std::uint16_t, UrlError> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || stopped != end || port == 0)
        return base::unexpected(UrlError::bad_port);
    return port;
}

}  // namespace

std::string_view error_text(UrlError error) {
    switch (error) {
        case UrlError::wrong_scheme: return "it does not begin with stratum2+tcp://";
        case UrlError::bad_host: return "the host is missing or malformed";
        case UrlError::bad_port: return "the port is missing, or not from 1 to 65535";
        case UrlError::missing_key: return "the authority key is missing after the port";
        case UrlError::bad_key: return "the authority key is not one";
    }
    return "unknown";
}

base::Result<Place, UrlError> parse_place(std::string_view place) {
    const bool bracketed = place.starts_with('[');
    const auto host_end = bracketed ? place.find(']') : place.rfind(':');
    const auto host = place.substr(0, host_end).substr(bracketed ? 1 : 0);
    if ((bracketed && host_end == std::string_view::npos) ||
        !consists_of(host, bracketed ? ipv6_characters : name_characters))
        return base::unexpected(UrlError::bad_host);
    const auto after_host = host_end == std::string_view::npos
                                ? std::string_view{}
                                : place.substr(host_end + (bracketed ? 1 : 0));
    if (!after_host.starts_with(':')) return base::unexpected(UrlError::bad_port);
    const auto port = parse_port(after_host.substr(1));
    if (!port) return base::unexpected(port.error());
    return Place{.host = std::string{host}, .port = *port};
}

base::Result<PoolUrl, UrlError> parse_pool_url(std::string_view text, std::string_view scheme) {
    if (!text.starts_with(scheme)) return base::unexpected(UrlError::wrong_scheme);
    text.remove_prefix(scheme.size());

    const auto slash = text.find('/');
    const auto place = parse_place(text.substr(0, slash));
    if (!place) return base::unexpected(place.error());
    if (slash == std::string_view::npos || slash + 1 == text.size())
        return base::unexpected(UrlError::missing_key);
    const auto authority = parse_authority_key(text.substr(slash + 1));
    if (!authority) return base::unexpected(UrlError::bad_key);
    return PoolUrl{.host = place->host, .port = place->port, .authority = *authority};
}

}  // namespace noise
