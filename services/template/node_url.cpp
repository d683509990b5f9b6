#include "template/node_url.h"

#include "service/endpoint.h"

namespace templates {

std::optional<NodeUrl> parse_node_url(std::string_view text) {
    constexpr std::string_view scheme = "http://";
    if (!text.starts_with(scheme)) return std::nullopt;
    text.remove_prefix(scheme.size());
    const auto slash = text.find('/');
    const auto authority = text.substr(0, slash);
    if (authority.find('@') != std::string_view::npos) return std::nullopt;
    const auto endpoint = service::parse_endpoint(authority);
    if (!endpoint || endpoint->port == 0) return std::nullopt;
    NodeUrl url{.host = endpoint->host, .port = endpoint->port};
    if (slash != std::string_view::npos) url.path = std::string{text.substr(slash)};
    for (const char c : url.path)
        if (static_cast<unsigned char>(c) <= 0x20) return std::nullopt;
    return url;
}

}  // namespace templates
