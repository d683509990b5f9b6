#include "aditctl/complete_names.h"

#include <adit/admin/v1/block.grpc.pb.h>
#include <adit/admin/v1/channel.grpc.pb.h>
#include <adit/admin/v1/fleet.grpc.pb.h>
#include <adit/admin/v1/gateway.grpc.pb.h>
#include <adit/admin/v1/policy.grpc.pb.h>
#include <adit/admin/v1/worker.grpc.pb.h>
#include <fmt/format.h>

#include <map>

#include "aditctl/admin_channel.h"
#include "aditctl/names.h"
#include "aditctl/text.h"

namespace aditctl {
namespace {

namespace v1 = adit::admin::v1;

// Somebody waits at the keyboard.
constexpr std::chrono::milliseconds patience{700};
constexpr std::int32_t names_max = 200;

/// A filter for names that have it; all where nothing is typed. What a worker's short name has and
/// its whole one has not, the dot, ends what can be looked for.
std::string filter_for(const std::string& typed) {
    std::string word = typed.substr(0, typed.find_first_of("./\"\\"));
    return word.empty() ? word : fmt::format("name : \"{}\"", word);
}

template <class List, class Rows, class About>
std::vector<Candidate> names_of(AdminChannel& admin, List list, auto request, Rows rows,
                                const std::string& typed, About about) {
    request.set_page_size(names_max);
    request.set_filter(filter_for(typed));
    std::vector<Candidate> found;
    const auto response = admin.call(list, request);
    for (const auto& row : rows(response)) found.push_back({short_name(row.name()), about(row)});
    return found;
}

using Finder = std::vector<Candidate> (*)(AdminChannel&, const std::string&);

const std::map<std::string, Finder>& finders() {
    static const std::map<std::string, Finder> all{
        {"SERVICE",
         [](AdminChannel& admin, const std::string& typed) {
             return names_of(
                 admin, &v1::FleetService::Stub::ListServices, v1::ListServicesRequest{},
                 [](const auto& response) { return response.services(); }, typed,
                 [](const auto& row) { return enum_text(row.state()); });
         }},
        {"GATEWAY",
         [](AdminChannel& admin, const std::string& typed) {
             return names_of(
                 admin, &v1::GatewayService::Stub::ListGateways, v1::ListGatewaysRequest{},
                 [](const auto& response) { return response.gateways(); }, typed,
                 [](const auto& row) { return enum_text(row.state()); });
         }},
        {"CONNECTION",
         [](AdminChannel& admin, const std::string& typed) {
             v1::ListConnectionsRequest request;
             request.set_parent("gateways/-");
             return names_of(
                 admin, &v1::GatewayService::Stub::ListConnections, request,
                 [](const auto& response) { return response.connections(); }, typed,
                 [](const auto& row) { return printable(row.peer_address()); });
         }},
        {"CHANNEL",
         [](AdminChannel& admin, const std::string& typed) {
             return names_of(
                 admin, &v1::ChannelService::Stub::ListChannels, v1::ListChannelsRequest{},
                 [](const auto& response) { return response.channels(); }, typed,
                 [](const auto& row) { return printable(row.user_identity()); });
         }},
        {"WORKER",
         [](AdminChannel& admin, const std::string& typed) {
             v1::ListWorkersRequest request;
             request.set_parent("identities/-");
             return names_of(
                 admin, &v1::WorkerService::Stub::ListWorkers, request,
                 [](const auto& response) { return response.workers(); }, typed,
                 [](const auto& row) { return enum_text(row.state()); });
         }},
        {"IDENTITY",
         [](AdminChannel& admin, const std::string& typed) {
             return names_of(
                 admin, &v1::WorkerService::Stub::ListIdentities, v1::ListIdentitiesRequest{},
                 [](const auto& response) { return response.identities(); }, typed,
                 [](const auto& row) { return fmt::format("{} workers", row.workers()); });
         }},
        {"NODE",
         [](AdminChannel& admin, const std::string& typed) {
             return names_of(
                 admin, &v1::BlockService::Stub::ListNodes, v1::ListNodesRequest{},
                 [](const auto& response) { return response.nodes(); }, typed,
                 [](const auto& row) { return enum_text(row.verdict()); });
         }},
        {"BLOCK",
         [](AdminChannel& admin, const std::string& typed) {
             return names_of(
                 admin, &v1::BlockService::Stub::ListBlocks, v1::ListBlocksRequest{},
                 [](const auto& response) { return response.blocks(); }, typed,
                 [](const auto& row) { return enum_text(row.state()); });
         }},
        {"BAN",
         [](AdminChannel& admin, const std::string& typed) {
             return names_of(
                 admin, &v1::PolicyService::Stub::ListBans, v1::ListBansRequest{},
                 [](const auto& response) { return response.bans(); }, typed,
                 [](const auto& row) { return printable(row.reason()); });
         }},
    };
    return all;
}

}  // namespace

std::vector<Candidate> find_names_by_api(const std::string& kind, const GlobalOptions& options,
                                         const std::string& typed) {
    const auto found = finders().find(kind);
    if (found == finders().end()) return {};
    auto quick = options;
    quick.timeout = patience;
    try {
        AdminChannel admin{quick};
        return found->second(admin, typed);
    } catch (const std::exception&) {
        return {};  // without names, the shell goes on with what the user types
    }
}

}  // namespace aditctl
