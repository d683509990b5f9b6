#include <adit/admin/v1/fleet.grpc.pb.h>

#include "aditctl/collection.h"
#include "aditctl/commands.h"
#include "aditctl/names.h"

namespace aditctl {

template <>
struct Calls<v1::Service> {
    using Stub = v1::FleetService::Stub;
    static constexpr auto list = &Stub::ListServices;
    static constexpr auto get = &Stub::GetService;
    static constexpr auto watch = &Stub::WatchServices;
    static constexpr const char* argument = "SERVICE";
    static auto& rows(v1::ListServicesResponse& response) { return *response.mutable_services(); }
    static const auto& row(const v1::GetServiceResponse& response) { return response.service(); }
    static std::string name(const std::string& text) { return resource_name("services/", text); }
};

namespace {

void dump(const GlobalOptions& options, const std::string& service) {
    AdminChannel admin{options};
    v1::DumpServiceRequest request;
    request.set_name(Calls<v1::Service>::name(service));
    const auto said = admin.call(&v1::FleetService::Stub::DumpService, request);
    if (options.output != Output::table) {
        print_message(options, said);
        return;
    }
    print_message(options, said.service());
    fmt::print("\nevents of its loop, the newest last:\n");
    for (const auto& event : said.events())
        fmt::print("{:>10.3f}s ago  {} {}\n", event.seconds_ago(), printable(event.what()),
                   event.id());
}

}  // namespace

void add_fleet_commands(CLI::App& app, const GlobalOptions& options) {
    auto& services = add_group(app, "services", "The pool's processes and Redis");
    add_list<v1::Service>(services, options, "Every process, and what it waits for",
                          "\nExamples:\n"
                          "  aditctl services list --wide\n"
                          "  aditctl services list --filter 'NOT state = READY'\n"
                          "Next: `aditctl dump SERVICE` looks into one.\n");
    add_get<v1::Service>(services, options, "One process: stages, figures");
    add_watch<v1::Service>(services, options, "The list, live");

    auto& dumping = *app.add_subcommand(
        "dump", "Stages and last events of a process, also while its loop stands still");
    const auto name = std::make_shared<std::string>();
    dumping.add_option("service", *name, "As `aditctl services list` has it")
        ->required()
        ->type_name("SERVICE");
    dumping.footer("\nExample:\n  aditctl dump channel-manager-1\n");
    dumping.callback([&options, name] { dump(options, *name); });
}

}  // namespace aditctl
