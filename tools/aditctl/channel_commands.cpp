#include <adit/admin/v1/channel.grpc.pb.h>

#include "aditctl/collection.h"
#include "aditctl/commands.h"
#include "aditctl/names.h"

namespace aditctl {

template <>
struct Calls<v1::Channel> {
    using Stub = v1::ChannelService::Stub;
    static constexpr auto list = &Stub::ListChannels;
    static constexpr auto get = &Stub::GetChannel;
    static constexpr auto watch = &Stub::WatchChannels;
    static constexpr const char* argument = "CHANNEL";
    static auto& rows(v1::ListChannelsResponse& response) { return *response.mutable_channels(); }
    static const auto& row(const v1::GetChannelResponse& response) { return response.channel(); }
    static std::string name(const std::string& text) { return resource_name("channels/", text); }
};

namespace {

struct ChannelOptions {
    std::string name{};
    std::string reason_code = "closed-by-operator";
};

void explain(const GlobalOptions& options, const ChannelOptions& channel) {
    AdminChannel admin{options};
    v1::ExplainChannelRequest request;
    request.set_name(Calls<v1::Channel>::name(channel.name));
    print_message(options, admin.call(&v1::ChannelService::Stub::ExplainChannel, request));
}

void close(const GlobalOptions& options, const ChannelOptions& channel) {
    AdminChannel admin{options};
    v1::CloseChannelRequest request;
    request.set_name(Calls<v1::Channel>::name(channel.name));
    request.set_request_id(request_id_for(options));
    request.set_reason_code(channel.reason_code);
    const auto said = admin.call(&v1::ChannelService::Stub::CloseChannel, request);
    if (options.output != Output::table)
        print_message(options, said);
    else
        fmt::print("{} is closed; its miner may open another\n", short_name(request.name()));
}

}  // namespace

void add_channel_commands(CLI::App& app, const GlobalOptions& options) {
    auto& channels = add_group(app, "channels", "Open channels");
    add_list<v1::Channel>(
        channels, options, "Open channels",
        "\nExamples:\n"
        "  aditctl channels list --filter is_silent\n"
        "  aditctl channels list --order-by 'hash_rates.last_hour desc' --limit 10\n"
        "Next: `aditctl channels explain CHANNEL`.\n");
    add_get<v1::Channel>(channels, options, "One channel");
    add_watch<v1::Channel>(channels, options, "The list, live");

    const auto channel = std::make_shared<ChannelOptions>();
    auto& explaining = *channels.add_subcommand("explain", "Why it has the target that it has");
    auto& closing = *channels.add_subcommand("close", "Close a channel");
    for (auto* const command : {&explaining, &closing})
        command->add_option("channel", channel->name, "As `aditctl channels list` has it")
            ->required()
            ->type_name("CHANNEL");
    explaining.callback([&options, channel] { explain(options, *channel); });
    closing.add_option("--reason-code", channel->reason_code, "What the miner is told")
        ->capture_default_str()
        ->type_name("CODE");
    closing.callback([&options, channel] { close(options, *channel); });
}

}  // namespace aditctl
