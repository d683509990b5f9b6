#include "aditctl/names.h"

#include <fmt/format.h>

#include "aditctl/failure.h"
#include "aditctl/text.h"

namespace aditctl {
namespace {

constexpr std::string_view identities = "identities/";
constexpr std::string_view workers = "/workers/";
constexpr std::string_view gateways = "gateways/";
constexpr std::string_view connections = "/connections/";
constexpr std::string_view nameless = "-";

/// What a segment of a name has as it is (RFC 3986 3.3).
bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"-._~!$&'*+,;=:@"}.find(c) != std::string_view::npos;
}

std::string escaped(std::string_view text) {
    if (text == nameless) return "%2D";
    std::string segment;
    for (const char c : text)
        segment +=
            is_plain(c) ? std::string{c} : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return segment;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

std::string unescaped(std::string_view segment) {
    std::string text;
    for (std::size_t i = 0; i < segment.size(); ++i) {
        if (segment[i] == '%' && i + 2 < segment.size() && hex_digit(segment[i + 1]) >= 0 &&
            hex_digit(segment[i + 2]) >= 0) {
            text += static_cast<char>(hex_digit(segment[i + 1]) * 16 + hex_digit(segment[i + 2]));
            i += 2;
        } else {
            text += segment[i];
        }
    }
    return text;
}

}  // namespace

std::string resource_name(std::string_view collection, std::string_view text) {
    if (text.starts_with(collection)) return std::string{text};
    return std::string{collection} + std::string{text};
}

std::string connection_name(std::string_view text) {
    if (text.starts_with(gateways)) return std::string{text};
    const auto slash = text.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size())
        throw CommandFailure{
            ExitCode::usage,
            fmt::format(
                "'{}' is no connection such as gateway-1/17; see `aditctl connections list`",
                printable(text))};
    return fmt::format("{}{}{}{}", gateways, text.substr(0, slash), connections,
                       text.substr(slash + 1));
}

std::string worker_name(std::string_view text) {
    if (text.starts_with(identities)) return std::string{text};
    const auto dot = text.find('.');
    const auto worker = dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
    return fmt::format("{}{}{}{}", identities, escaped(text.substr(0, dot)), workers,
                       worker.empty() ? std::string{nameless} : escaped(worker));
}

std::string identity_name(std::string_view text) {
    if (text.starts_with(identities)) return std::string{text};
    return std::string{identities} + escaped(text);
}

std::string ban_name(std::string_view kind, std::string_view subject) {
    return fmt::format("bans/{}:{}", kind, escaped(subject));
}

std::string short_name(std::string_view name) {
    if (name.starts_with(identities)) {
        const auto rest = name.substr(identities.size());
        const auto at = rest.find(workers);
        if (at == std::string_view::npos) return printable(unescaped(rest));
        const auto worker = rest.substr(at + workers.size());
        const auto identity = unescaped(rest.substr(0, at));
        return printable(worker == nameless ? identity : identity + "." + unescaped(worker));
    }
    if (const auto at = name.find(connections);
        name.starts_with(gateways) && at != std::string_view::npos)
        return printable(fmt::format("{}/{}", name.substr(gateways.size(), at - gateways.size()),
                                     name.substr(at + connections.size())));
    const auto slash = name.find('/');
    return printable(slash == std::string_view::npos ? name : name.substr(slash + 1));
}

}  // namespace aditctl
