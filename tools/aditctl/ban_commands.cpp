#include <adit/admin/v1/policy.grpc.pb.h>

#include "aditctl/collection.h"
#include "aditctl/commands.h"
#include "aditctl/names.h"
#include "base/ip_network.h"

namespace aditctl {

template <>
struct Calls<v1::Ban> {
    using Stub = v1::PolicyService::Stub;
    static constexpr auto list = &Stub::ListBans;
    static constexpr auto get = &Stub::GetBan;
    static constexpr const char* argument = "BAN";
    static auto& rows(v1::ListBansResponse& response) { return *response.mutable_bans(); }
    static const auto& row(const v1::GetBanResponse& response) { return response.ban(); }
    static std::string name(const std::string& text) { return resource_name("bans/", text); }
};

namespace {

struct BanOptions {
    std::string address{};
    std::string identity{};
    std::string reason{};
    std::chrono::milliseconds lasts{};
};

/// As the pool writes it: 10.1.2.3/8 is 10.0.0.0/8.
std::string network_of(const std::string& address) {
    const auto network = base::parse_ip_network(address);
    if (!network)
        throw CommandFailure{
            ExitCode::usage,
            fmt::format("--address {}: is neither an address nor a network such as 10.0.0.0/8",
                        printable(address))};
    return base::to_string(*network);
}

void ban(const GlobalOptions& options, const BanOptions& ban) {
    AdminChannel admin{options};
    v1::CreateBanRequest request;
    if (ban.identity.empty())
        request.mutable_ban()->set_address(network_of(ban.address));
    else
        request.mutable_ban()->set_identity(ban.identity);
    request.mutable_ban()->set_reason(ban.reason);
    const auto now = std::chrono::system_clock::now();
    if (ban.lasts.count() > 0)
        request.mutable_ban()->mutable_expire_time()->set_seconds(
            std::chrono::system_clock::to_time_t(now + ban.lasts));
    request.set_request_id(request_id_for(options));
    const auto said = admin.call(&v1::PolicyService::Stub::CreateBan, request).ban();
    if (options.output != Output::table) {
        print_message(options, said);
        return;
    }
    const auto subject = printable(said.has_address() ? said.address() : said.identity());
    fmt::print(
        "banned {} {}; within seconds gateways close what is open and refuse what comes\n"
        "take it back: aditctl unban --{} {}\n",
        subject,
        said.has_expire_time() ? "until " + time_text(said.expire_time()) + " UTC" : "for ever",
        said.has_address() ? "address" : "identity", subject);
}

void unban(const GlobalOptions& options, const BanOptions& ban) {
    AdminChannel admin{options};
    v1::DeleteBanRequest request;
    request.set_name(ban.identity.empty() ? ban_name("address", network_of(ban.address))
                                          : ban_name("identity", ban.identity));
    request.set_request_id(request_id_for(options));
    const auto said = admin.call(&v1::PolicyService::Stub::DeleteBan, request);
    if (options.output != Output::table)
        print_message(options, said);
    else
        fmt::print("allowed {}\n", printable(ban.identity.empty() ? ban.address : ban.identity));
}

void add_subject(CLI::App& command, BanOptions& ban) {
    auto& subject = *command.add_option_group("Who");
    subject.add_option("--address", ban.address, "An address, or a network: 10.0.0.0/8")
        ->type_name("ADDRESS");
    subject.add_option("--identity", ban.identity, "An account, which includes its workers")
        ->type_name("IDENTITY");
    subject.require_option(1);
}

}  // namespace

void add_ban_commands(CLI::App& app, const GlobalOptions& options) {
    const auto who = std::make_shared<BanOptions>();
    auto& banning = *app.add_subcommand("ban", "Keep an address or an account out of the pool");
    add_subject(banning, *who);
    add_duration_option(banning, "--for", who->lasts, "How long, such as 30m or 7d; or for ever");
    banning.add_option("--reason", who->reason, "For operators; no miner is told")
        ->type_name("TEXT");
    banning.footer(
        "\nExamples:\n"
        "  aditctl ban --address 203.0.113.7 --for 24h --reason 'floods us with opens'\n"
        "  aditctl ban --address 203.0.113.0/24\n"
        "  aditctl ban --identity mallory\n"
        "Next: `aditctl bans list`, `aditctl unban --address 203.0.113.7`.\n");
    banning.callback([&options, who] { ban(options, *who); });

    auto& allowing = *app.add_subcommand("unban", "Allow again");
    add_subject(allowing, *who);
    allowing.footer("\nExample:\n  aditctl unban --address 203.0.113.7\n");
    allowing.callback([&options, who] { unban(options, *who); });

    auto& bans = add_group(app, "bans", "Who is kept out");
    add_list<v1::Ban>(bans, options, "Bans in force", "\nExample:\n  aditctl bans list\n");
    add_get<v1::Ban>(bans, options, "One ban, such as address:203.0.113.7");
}

}  // namespace aditctl
