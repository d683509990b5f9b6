#pragma once

#include <cstdint>

#include "sv2/ids.h"
#include "sv2/message.h"
#include "sv2/sequence.h"

namespace sv2 {

/// Sent right after SetupConnection.Success by a client that wants extensions (extension 0x0001).
struct RequestExtensions {
    static constexpr MessageInfo info{
        .name = "RequestExtensions",
        .family = MessageFamily::negotiation,
        .message_type = 0x00,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    ExtensionRequestId request_id{};
    Seq0_64K<std::uint16_t> requested_extensions{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("requested_extensions", self.requested_extensions);
    }
    friend bool operator==(const RequestExtensions&, const RequestExtensions&) = default;
};

/// From here on these extensions are in use (extension 0x0001).
struct RequestExtensionsSuccess {
    static constexpr MessageInfo info{
        .name = "RequestExtensions.Success",
        .family = MessageFamily::negotiation,
        .message_type = 0x01,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    ExtensionRequestId request_id{};
    Seq0_64K<std::uint16_t> supported_extensions{};  ///< of those requested

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("supported_extensions", self.supported_extensions);
    }
    friend bool operator==(const RequestExtensionsSuccess&,
                           const RequestExtensionsSuccess&) = default;
};

/// None of the requested extensions is supported, or a required one is missing (extension 0x0001).
struct RequestExtensionsError {
    static constexpr MessageInfo info{
        .name = "RequestExtensions.Error",
        .family = MessageFamily::negotiation,
        .message_type = 0x02,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    ExtensionRequestId request_id{};
    Seq0_64K<std::uint16_t> unsupported_extensions{};
    Seq0_64K<std::uint16_t> required_extensions{};  ///< those the server insists on

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("unsupported_extensions", self.unsupported_extensions);
        visit("required_extensions", self.required_extensions);
    }
    friend bool operator==(const RequestExtensionsError&, const RequestExtensionsError&) = default;
};

}  // namespace sv2
