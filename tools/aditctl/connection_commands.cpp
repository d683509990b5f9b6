#include "aditctl/commands.h"
#include "aditctl/gateway_calls.h"

namespace aditctl {

template <>
struct Calls<v1::Connection> {
    using Stub = v1::GatewayService::Stub;
    static constexpr auto list = &Stub::ListConnections;
    static constexpr auto get = &Stub::GetConnection;
    static constexpr auto watch = &Stub::WatchConnections;
    static constexpr const char* argument = "CONNECTION";
    static auto& rows(v1::ListConnectionsResponse& response) {
        return *response.mutable_connections();
    }
    static const auto& row(const v1::GetConnectionResponse& response) {
        return response.connection();
    }
    static std::string name(const std::string& text) { return connection_name(text); }
};

namespace {

struct DisconnectOptions {
    std::string name{};
    std::string reason{};
};

void disconnect(const GlobalOptions& options, const DisconnectOptions& connection) {
    AdminChannel admin{options};
    v1::DisconnectConnectionRequest request;
    request.set_name(connection_name(connection.name));
    request.set_request_id(request_id_for(options));
    request.set_reason(connection.reason);
    const auto said = admin.call(&v1::GatewayService::Stub::DisconnectConnection, request);
    if (options.output != Output::table)
        print_message(options, said);
    else
        fmt::print("{} is ended; its miner may come back, `aditctl ban --help` keeps it out\n",
                   short_name(request.name()));
}

/// Of one gateway, or of all.
std::string parent_of(const std::string& gateway) {
    return gateway.empty() ? "gateways/-" : resource_name("gateways/", gateway);
}

template <class Run>
void add_of_gateway(CLI::App& group, const char* name, const char* what, bool is_list, Run run) {
    auto& command = *group.add_subcommand(name, what);
    const auto list = std::make_shared<ListOptions>();
    const auto gateway = std::make_shared<std::string>();
    if (is_list)
        add_list_options(command, *list);
    else
        add_watch_options(command, *list);
    command.add_option("--gateway", *gateway, "Only of this one")->type_name("GATEWAY");
    command.footer(
        "\nExamples:\n"
        "  aditctl connections list --gateway gateway-1 --order-by 'unsent_bytes desc'\n"
        "  aditctl connections list --filter 'peer_address : \"10.0.0.\"'\n");
    command.callback([list, gateway, run] {
        list->parent = parent_of(*gateway);
        run(*list);
    });
}

}  // namespace

void add_connection_commands(CLI::App& app, const GlobalOptions& options) {
    auto& connections = add_group(app, "connections", "Miners' connections");
    add_of_gateway(
        connections, "list", "Connections of one gateway, or of all", true,
        [&options](const ListOptions& list) { list_rows<v1::Connection>(options, list); });
    add_get<v1::Connection>(connections, options, "One connection, with its channels");
    add_of_gateway(
        connections, "watch", "The list, live", false,
        [&options](const ListOptions& list) { watch_rows<v1::Connection>(options, list); });

    auto& ending = *connections.add_subcommand("disconnect", "End a connection");
    const auto connection = std::make_shared<DisconnectOptions>();
    ending.add_option("connection", connection->name, "As `aditctl connections list` has it")
        ->required()
        ->type_name("CONNECTION");
    ending.add_option("--reason", connection->reason, "For the gateway's log")->type_name("TEXT");
    ending.footer(
        "\nExample:\n  aditctl connections disconnect gateway-1/17 --reason 'no shares'\n");
    ending.callback([&options, connection] { disconnect(options, *connection); });
}

}  // namespace aditctl
