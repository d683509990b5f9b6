#include "sv2/dispatch.h"

#include "sv2/message_table.h"

namespace sv2 {
namespace {

bool belongs_to(MessageFamily family, Protocol protocol) {
    switch (family) {
        case MessageFamily::common:
        case MessageFamily::negotiation: return true;
        case MessageFamily::mining: return protocol == Protocol::mining;
        case MessageFamily::job_declaration: return protocol == Protocol::job_declaration;
        case MessageFamily::template_distribution:
            return protocol == Protocol::template_distribution;
    }
    return false;
}

}  // namespace

std::string_view dispatch_name(Dispatch dispatch) {
    switch (dispatch) {
        case Dispatch::process: return "process";
        case Dispatch::process_wrong_channel_bit: return "wrong-channel-bit";
        case Dispatch::drop_unknown_extension: return "unknown-extension";
        case Dispatch::drop_unknown_type: return "unknown-type";
        case Dispatch::drop_wrong_protocol: return "wrong-protocol";
        case Dispatch::drop_wrong_direction: return "wrong-direction";
    }
    return "unknown";
}

Dispatch dispatch(const FrameHeader& header, Protocol protocol, Role role) {
    if (header.extension_type != core_extension && header.extension_type != negotiation_extension)
        return Dispatch::drop_unknown_extension;
    const MessageInfo* const info = find_message(header.extension_type, header.message_type);
    if (info == nullptr) return Dispatch::drop_unknown_type;
    if (!belongs_to(info->family, protocol)) return Dispatch::drop_wrong_protocol;
    const Direction ours = role == Role::server ? Direction::to_client : Direction::to_server;
    if (info->direction == ours) return Dispatch::drop_wrong_direction;
    if (info->channel_message != header.channel_message) return Dispatch::process_wrong_channel_bit;
    return Dispatch::process;
}

}  // namespace sv2
