#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin/api_error.h"

namespace admin {

/// The names of the API's resources (AIP-122). A variable is one segment: letters, digits and
/// -_.~:@+, all else as in a URL ("%2F").
namespace names {
inline constexpr std::string_view service = "services/{service}";
inline constexpr std::string_view gateway = "gateways/{gateway}";
inline constexpr std::string_view connection = "gateways/{gateway}/connections/{connection}";
inline constexpr std::string_view channel = "channels/{channel}";
inline constexpr std::string_view identity = "identities/{identity}";
inline constexpr std::string_view worker = "identities/{identity}/workers/{worker}";
inline constexpr std::string_view block = "blocks/{block}";
inline constexpr std::string_view block_template = "templates/{template}";
inline constexpr std::string_view node = "nodes/{node}";
inline constexpr std::string_view ban = "bans/{ban}";
}  // namespace names

/// The variables of a name that has this form, in their order and as they are written.
/// Errors: `invalid_name`, with the form.
ApiResult<std::vector<std::string>> parse_name(std::string_view form, std::string_view name,
                                               std::string_view field = "name");

/// What names under a parent begin with: "gateways/gateway-1/"; empty where the parent is empty or
/// of all ("gateways/-"). Errors: `invalid_name`.
ApiResult<std::string> parse_parent(std::string_view form, std::string_view parent);

ApiError not_found(std::string_view name);

}  // namespace admin
