#pragma once

#include <cstdint>

#include "sv2/error_codes.h"
#include "sv2/ids.h"
#include "sv2/message.h"
#include "sv2/types.h"

namespace sv2 {

/// What a connection is for; one connection carries one sub-protocol (Sv2 3.6.1). A peer may send
/// any other number.
enum class Protocol : std::uint8_t { mining = 0, job_declaration = 1, template_distribution = 2 };

/// The only protocol version there is.
inline constexpr std::uint16_t protocol_version = 2;

/// The first message on every connection (Sv2 3.6.1).
struct SetupConnection {
    static constexpr MessageInfo info{
        .name = "SetupConnection",
        .family = MessageFamily::common,
        .message_type = 0x00,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    Protocol protocol{};
    std::uint16_t min_version{};
    std::uint16_t max_version{};
    std::uint32_t flags{};     ///< see setup_flags.h
    Str0_255 endpoint_host{};  ///< the name or address that the client dialled
    std::uint16_t endpoint_port{};
    Str0_255 vendor{};  ///< never empty
    Str0_255 hardware_version{};
    Str0_255 firmware{};
    Str0_255 device_id{};  ///< empty unless telemetry is wanted

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("protocol", self.protocol);
        visit("min_version", self.min_version);
        visit("max_version", self.max_version);
        visit("flags", self.flags);
        visit("endpoint_host", self.endpoint_host);
        visit("endpoint_port", self.endpoint_port);
        visit("vendor", self.vendor);
        visit("hardware_version", self.hardware_version);
        visit("firmware", self.firmware);
        visit("device_id", self.device_id);
    }
    friend bool operator==(const SetupConnection&, const SetupConnection&) = default;
};

/// The connection is set up (Sv2 3.6.2).
struct SetupConnectionSuccess {
    static constexpr MessageInfo info{
        .name = "SetupConnection.Success",
        .family = MessageFamily::common,
        .message_type = 0x01,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    std::uint16_t used_version{};  ///< fixed for the life of the connection
    std::uint32_t flags{};         ///< not the request's bits: see setup_flags.h

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("used_version", self.used_version);
        visit("flags", self.flags);
    }
    friend bool operator==(const SetupConnectionSuccess&, const SetupConnectionSuccess&) = default;
};

/// The connection is refused; the server closes it afterwards (Sv2 3.6.3).
struct SetupConnectionError {
    static constexpr MessageInfo info{
        .name = "SetupConnection.Error",
        .family = MessageFamily::common,
        .message_type = 0x02,
        .channel_message = false,
        .direction = Direction::to_client,
        .error_codes = error_codes_of::setup_connection,
    };

    std::uint32_t
        flags{};  ///< every requested bit that is unsupported; 0 when flags are not the cause
    Str0_255 error_code{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("flags", self.flags);
        visit("error_code", self.error_code);
    }
    friend bool operator==(const SetupConnectionError&, const SetupConnectionError&) = default;
};

/// The far end of a channel changed: its extension state starts anew (Sv2 3.6.4).
struct ChannelEndpointChanged {
    static constexpr MessageInfo info{
        .name = "ChannelEndpointChanged",
        .family = MessageFamily::common,
        .message_type = 0x03,
        .channel_message = true,
        .direction = Direction::to_client,
    };

    ChannelId channel_id{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
    }
    friend bool operator==(const ChannelEndpointChanged&, const ChannelEndpointChanged&) = default;
};

/// The client shall connect elsewhere, under the same authority key (Sv2 3.6.5).
struct Reconnect {
    static constexpr MessageInfo info{
        .name = "Reconnect",
        .family = MessageFamily::common,
        .message_type = 0x04,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    Str0_255 new_host{};       ///< empty: the same host
    std::uint16_t new_port{};  ///< 0: the same port

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("new_host", self.new_host);
        visit("new_port", self.new_port);
    }
    friend bool operator==(const Reconnect&, const Reconnect&) = default;
};

}  // namespace sv2
