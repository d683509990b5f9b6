#include <algorithm>
#include <array>

#include "miner/sv2_client.h"
#include "sv2/codec.h"
#include "sv2/tlv.h"

namespace miner {
namespace {

using namespace std::chrono_literals;

// Several times what setting up takes on a bad line.
constexpr auto reply_deadline = 5s;

// A client sends one request on a connection.
constexpr sv2::ExtensionRequestId request_id{1};

}  // namespace

void Sv2Client::request_extensions(base::SteadyTime now) {
    static constexpr std::array<std::uint16_t, 1> wanted{sv2::worker_identity_extension};
    extensions_requested_at_ = now;
    effects_.push_back(Send{sv2::encode(
        sv2::RequestExtensions{.request_id = request_id,
                               .requested_extensions = std::span<const std::uint16_t>{wanted}})});
}

void Sv2Client::on_negotiation(const sv2::FrameHeader& header, base::ByteView payload) {
    if (!extensions_requested_at_) return;  // nothing was asked, or not any more
    if (header.message_type == sv2::RequestExtensionsSuccess::info.message_type) {
        const auto message = sv2::decode<sv2::RequestExtensionsSuccess>(payload);
        if (!message)
            return disconnect("the pool sent a malformed RequestExtensions.Success", false);
        if (message->request_id == request_id) on_agreed(*message);
    } else {
        const auto message = sv2::decode<sv2::RequestExtensionsError>(payload);
        if (!message) return disconnect("the pool sent a malformed RequestExtensions.Error", false);
        if (message->request_id == request_id) on_not_agreed(*message);
    }
}

void Sv2Client::on_agreed(const sv2::RequestExtensionsSuccess& message) {
    extensions_requested_at_.reset();
    has_worker_identity_ =
        std::ranges::any_of(message.supported_extensions.to_vector(),
                            [](std::uint16_t id) { return id == sv2::worker_identity_extension; });
    request_channels();
}

void Sv2Client::on_not_agreed(const sv2::RequestExtensionsError& message) {
    extensions_requested_at_.reset();
    // What was asked for is all that we have.
    if (!message.required_extensions.empty())
        return disconnect("the pool requires an extension that we do not have", true);
    warn("the pool does not take the names of workers");
    request_channels();
}

Effects Sv2Client::on_tick(base::SteadyTime now) {
    if (!is_over_ && extensions_requested_at_ && now - *extensions_requested_at_ > reply_deadline) {
        effects_.push_back(ExtensionsUnanswered{});
        disconnect("the pool does not answer RequestExtensions", false);
    }
    return take_effects();
}

}  // namespace miner
