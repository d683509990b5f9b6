#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "aditctl/commands.h"
#include "aditctl/drain_progress.h"
#include "aditctl/gateway_calls.h"

namespace aditctl {
namespace {

using Stub = v1::GatewayService::Stub;

constexpr std::chrono::milliseconds progress_interval{500};
constexpr std::chrono::seconds drain_seen_within{5};

struct GatewayOptions {
    std::string name{};
    std::chrono::milliseconds spread{};
    bool waits = false;
    double percent = 0;
    std::string file{};
};

void set_spread(google::protobuf::Duration& duration, std::chrono::milliseconds spread) {
    duration.set_seconds(spread.count() / 1000);
    duration.set_nanos(static_cast<std::int32_t>(spread.count() % 1000 * 1'000'000));
}

template <class Request>
Request request_of(const GlobalOptions& options, const GatewayOptions& gateway) {
    Request request;
    request.set_name(Calls<v1::Gateway>::name(gateway.name));
    request.set_request_id(request_id_for(options));
    return request;
}

/// Tells how far it is until it is done. A gateway that does not answer for a while is waited for.
void follow_drain(AdminChannel& admin, const std::string& name, std::uint32_t at_first) {
    const bool is_terminal = isatty(STDERR_FILENO) == 1;
    const auto begun = std::chrono::steady_clock::now();
    std::string told;
    bool has_begun = false;
    while (true) {
        v1::GetGatewayRequest request;
        request.set_name(name);
        const auto gateway = admin.call(&Stub::GetGateway, request).gateway();
        // The admin service asks each gateway once a second: the row may be of before.
        has_begun = has_begun || gateway.state() != v1::Gateway::STATE_SERVING ||
                    std::chrono::steady_clock::now() - begun > drain_seen_within;
        if (!has_begun) {
            std::this_thread::sleep_for(progress_interval);
            continue;
        }
        if (auto text = drain_text(gateway, at_first); text != told) {
            told = std::move(text);
            fmt::print(stderr, "{}{}{}", is_terminal ? "\r\x1b[K" : "", told,
                       is_terminal ? "" : "\n");
        }
        const auto step = drain_step(gateway);
        if (step != DrainStep::going_on && is_terminal) fmt::print(stderr, "\n");
        if (step == DrainStep::done) return;
        if (step == DrainStep::undone)
            throw CommandFailure{ExitCode::conflict,
                                 fmt::format("{} takes miners again: somebody has undrained it; "
                                             "see `aditctl audit list`",
                                             short_name(name))};
        std::this_thread::sleep_for(progress_interval);
    }
}

void drain(const GlobalOptions& options, const GatewayOptions& gateway) {
    AdminChannel admin{options};
    auto request = request_of<v1::DrainGatewayRequest>(options, gateway);
    if (gateway.spread.count() > 0) set_spread(*request.mutable_spread(), gateway.spread);
    const auto said = admin.call(&Stub::DrainGateway, request);
    const auto name = short_name(request.name());
    if (options.output != Output::table) {
        print_message(options, said);
    } else {
        fmt::print(
            "{} takes no new connections; {} that are there are asked to leave\n"
            "follow it: aditctl gateways watch    take it back: aditctl gateways undrain {}\n",
            name, said.connections(), name);
        std::fflush(stdout);
    }
    if (gateway.waits) follow_drain(admin, request.name(), said.connections());
}

void undrain(const GlobalOptions& options, const GatewayOptions& gateway) {
    AdminChannel admin{options};
    const auto request = request_of<v1::UndrainGatewayRequest>(options, gateway);
    const auto said = admin.call(&Stub::UndrainGateway, request);
    if (options.output != Output::table)
        print_message(options, said);
    else
        fmt::print("{} takes miners again\n", short_name(request.name()));
}

void rebalance(const GlobalOptions& options, const GatewayOptions& gateway) {
    AdminChannel admin{options};
    auto request = request_of<v1::RebalanceGatewayRequest>(options, gateway);
    request.set_percent(gateway.percent);
    if (gateway.spread.count() > 0) set_spread(*request.mutable_spread(), gateway.spread);
    const auto said = admin.call(&Stub::RebalanceGateway, request);
    if (options.output != Output::table)
        print_message(options, said);
    else
        fmt::print(
            "{} connections of {} are asked to connect again elsewhere\n"
            "follow it: aditctl gateways watch\n",
            said.connections(), short_name(request.name()));
}

void rotate_certificate(const GlobalOptions& options, const GatewayOptions& gateway) {
    AdminChannel admin{options};
    auto request = request_of<v1::RotateCertificateRequest>(options, gateway);
    if (!gateway.file.empty()) {
        std::ifstream file{gateway.file};
        std::ostringstream text;
        if (!file || !(text << file.rdbuf()))
            throw CommandFailure{ExitCode::usage,
                                 fmt::format("--certificate {}: cannot be read", gateway.file)};
        request.set_certificate(text.str());
    }
    const auto said = admin.call(&Stub::RotateCertificate, request);
    if (options.output != Output::table) {
        print_message(options, said);
        return;
    }
    fmt::print(
        "{} shows a certificate that ends {}\n", short_name(request.name()),
        due_text(said.gateway().certificate_expire_time(), std::chrono::system_clock::now()));
    if (!said.is_kept())
        fmt::print(stderr,
                   "its file could not be written: after a restart the old one counts; write it "
                   "yourself\n");
}

}  // namespace

void add_gateway_commands(CLI::App& app, const GlobalOptions& options) {
    auto& gateways = add_group(app, "gateways", "Where miners connect; drain, rebalance");
    gateways.footer(
        "\nExamples:\n"
        "  aditctl gateways list\n"
        "  aditctl gateways drain gateway-1 --wait\n");
    add_list<v1::Gateway>(gateways, options, "Every gateway",
                          "\nExample:\n  aditctl gateways list --filter 'NOT state = SERVING'\n"
                          "Next: `aditctl connections list --filter 'name : gateway-1'`.\n");
    add_get<v1::Gateway>(gateways, options, "One gateway, with its keys");
    add_watch<v1::Gateway>(gateways, options, "The list, live");

    const auto gateway = std::make_shared<GatewayOptions>();
    const auto add_action = [&](const char* name, const char* what, auto run) -> CLI::App& {
        auto& command = *gateways.add_subcommand(name, what);
        command.add_option("gateway", gateway->name, "As `aditctl gateways list` has it")
            ->required()
            ->type_name("GATEWAY");
        command.callback([&options, gateway, run] { run(options, *gateway); });
        return command;
    };
    auto& draining = add_action(
        "drain", "No new connections; those that are there are asked to leave, then ended", drain);
    add_duration_option(draining, "--spread", gateway->spread,
                        "Over how long they are asked; as the gateway is configured unless said");
    draining.add_flag("--wait", gateway->waits, "Follow it until none is left");
    draining.footer(
        "\nExamples:\n"
        "  aditctl gateways drain gateway-1 --wait\n"
        "  aditctl gateways drain gateway-1 --spread 5m\n"
        "Next: `aditctl gateways watch`; `aditctl gateways undrain gateway-1` takes it back.\n");
    add_action("undrain", "Take miners again", undrain);
    auto& rebalancing = add_action(
        "rebalance", "Ask a part of the connections to connect again elsewhere", rebalance);
    rebalancing.add_option("--percent", gateway->percent, "How many, above 0, at most 100")
        ->required()
        ->check(CLI::Range(0.0, 100.0))
        ->type_name("PERCENT");
    add_duration_option(rebalancing, "--spread", gateway->spread, "Over how long");
    rebalancing.footer("\nExample:\n  aditctl gateways rebalance gateway-1 --percent 30\n");
    auto& rotating =
        add_action("rotate-certificate", "Read the certificate again, or take another one",
                   rotate_certificate);
    rotating
        .add_option("--certificate", gateway->file,
                    "A file of `aditctl keys sign`; without, the gateway reads its own again")
        ->type_name("FILE");
    rotating.footer(
        "\nExample:\n"
        "  aditctl gateways rotate-certificate gateway-1 --certificate gateway-1.cert\n");
}

}  // namespace aditctl
