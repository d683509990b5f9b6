#pragma once

#include <string>
#include <string_view>

/// Short names of resources: "gateway-1" for "gateways/gateway-1". Whole names stay as they are.
namespace aditctl {

/// `collection` with its slash: "gateways/".
std::string resource_name(std::string_view collection, std::string_view text);
/// "gateway-1/17" is "gateways/gateway-1/connections/17". Errors: throws CommandFailure (usage).
std::string connection_name(std::string_view text);
/// "alice.rig1" is "identities/alice/workers/rig1", "alice" her worker without a name,
/// "identities/alice/workers/-".
std::string worker_name(std::string_view text);
std::string identity_name(std::string_view text);
/// "bans/address:10.0.0.0%2F8".
std::string ban_name(std::string_view kind, std::string_view subject);

/// The other way round, for tables: what the functions above make the same name of.
std::string short_name(std::string_view name);

}  // namespace aditctl
