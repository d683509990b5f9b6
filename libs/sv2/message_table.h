#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "sv2/codec.h"
#include "sv2/common_messages.h"
#include "sv2/extension_messages.h"
#include "sv2/job_declaration_messages.h"
#include "sv2/mining_messages.h"
#include "sv2/template_messages.h"

namespace sv2 {

template <class... Messages>
struct MessageList {
    static constexpr std::size_t size = sizeof...(Messages);
};

/// Every message there is. A message that is described is added here, and nowhere else.
using AllMessages = MessageList<
    SetupConnection, SetupConnectionSuccess, SetupConnectionError, ChannelEndpointChanged,
    Reconnect, OpenStandardMiningChannel, OpenStandardMiningChannelSuccess, OpenMiningChannelError,
    OpenExtendedMiningChannel, OpenExtendedMiningChannelSuccess, NewMiningJob, UpdateChannel,
    UpdateChannelError, CloseChannel, SetExtranoncePrefix, SubmitSharesStandard,
    SubmitSharesExtended, SubmitSharesSuccess, SubmitSharesError, NewExtendedMiningJob,
    SetNewPrevHash, SetTarget, SetCustomMiningJob, SetCustomMiningJobSuccess,
    SetCustomMiningJobError, SetGroupChannel, AllocateMiningJobToken, AllocateMiningJobTokenSuccess,
    ProvideMissingTransactions, ProvideMissingTransactionsSuccess, DeclareMiningJob,
    DeclareMiningJobSuccess, DeclareMiningJobError, PushSolution, CoinbaseOutputConstraints,
    NewTemplate, TemplateSetNewPrevHash, RequestTransactionData, RequestTransactionDataSuccess,
    RequestTransactionDataError, SubmitSolution, RequestExtensions, RequestExtensionsSuccess,
    RequestExtensionsError>;

/// Calls `visit(std::type_identity<M>{})` for each message, in the order of the list.
template <class Visit>
constexpr void for_each_message(Visit&& visit) {
    [&]<class... M>(MessageList<M...>) { (visit(std::type_identity<M>{}), ...); }(AllMessages{});
}

/// The description of a message, or null for a type that this extension does not define.
/// `extension_type` without the channel bit.
const MessageInfo* find_message(std::uint16_t extension_type, std::uint8_t message_type);

/// Decodes a payload as the message that its header names and calls
/// `visit(Result<WithTlvs<M>, DecodeError>)`. False, without a call, for a message that is not in
/// the list. For printing, fuzzing and tools; who serves a peer names the messages that it expects.
template <class Visit>
bool decode_any(const FrameHeader& header, base::ByteView payload, Visit&& visit) {
    bool is_known = false;
    for_each_message([&]<class M>(std::type_identity<M>) {
        if (M::info.extension_type() != header.extension_type ||
            M::info.message_type != header.message_type)
            return;
        is_known = true;
        visit(decode_with_tlvs<M>(payload));
    });
    return is_known;
}

}  // namespace sv2
