#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace templates {

/// Where a node's JSON-RPC listens.
struct NodeUrl {
    std::string host{};
    std::uint16_t port{};
    std::string path = "/";
    friend bool operator==(const NodeUrl&, const NodeUrl&) = default;
};

/// Reads "http://host:port" with an optional path. Nothing for anything else; also not for a user
/// and password, which belong in files.
std::optional<NodeUrl> parse_node_url(std::string_view text);

}  // namespace templates
