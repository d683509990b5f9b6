#pragma once

#include <cstdint>

#include "sv2/error_codes.h"
#include "sv2/ids.h"
#include "sv2/message.h"
#include "sv2/sequence.h"
#include "sv2/types.h"

namespace sv2 {

/// What the client will add to the coinbase at most (Sv2 7.1).
struct CoinbaseOutputConstraints {
    static constexpr MessageInfo info{
        .name = "CoinbaseOutputConstraints",
        .family = MessageFamily::template_distribution,
        .message_type = 0x70,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    std::uint32_t coinbase_output_max_additional_size{};  ///< bytes, serialised
    std::uint16_t coinbase_output_max_additional_sigops{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("coinbase_output_max_additional_size", self.coinbase_output_max_additional_size);
        visit("coinbase_output_max_additional_sigops", self.coinbase_output_max_additional_sigops);
    }
    friend bool operator==(const CoinbaseOutputConstraints&,
                           const CoinbaseOutputConstraints&) = default;
};

/// A candidate block (Sv2 7.2).
struct NewTemplate {
    static constexpr MessageInfo info{
        .name = "NewTemplate",
        .family = MessageFamily::template_distribution,
        .message_type = 0x71,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    TemplateId template_id{};
    bool future_template{};  ///< to be named by SetNewPrevHash before use
    std::uint32_t version{};
    std::uint32_t coinbase_tx_version{};
    B0_255 coinbase_prefix{};  ///< start of the scriptSig, at most 8 bytes
    std::uint32_t coinbase_tx_input_sequence{};
    std::uint64_t coinbase_tx_value_remaining{};  ///< satoshis that the client may spend
    std::uint32_t coinbase_tx_outputs_count{};
    B0_64K coinbase_tx_outputs{};  ///< to go last; without a count
    std::uint32_t coinbase_tx_locktime{};
    Seq0_255<U256> merkle_path{};  ///< deepest first

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("template_id", self.template_id);
        visit("future_template", self.future_template);
        visit("version", self.version);
        visit("coinbase_tx_version", self.coinbase_tx_version);
        visit("coinbase_prefix", self.coinbase_prefix);
        visit("coinbase_tx_input_sequence", self.coinbase_tx_input_sequence);
        visit("coinbase_tx_value_remaining", self.coinbase_tx_value_remaining);
        visit("coinbase_tx_outputs_count", self.coinbase_tx_outputs_count);
        visit("coinbase_tx_outputs", self.coinbase_tx_outputs);
        visit("coinbase_tx_locktime", self.coinbase_tx_locktime);
        visit("merkle_path", self.merkle_path);
    }
    friend bool operator==(const NewTemplate&, const NewTemplate&) = default;
};

/// A new tip for a template sent before (Sv2 7.3). The spec calls it SetNewPrevHash, like the
/// mining message.
struct TemplateSetNewPrevHash {
    static constexpr MessageInfo info{
        .name = "SetNewPrevHash",
        .family = MessageFamily::template_distribution,
        .message_type = 0x72,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    TemplateId template_id{};
    U256 prev_hash{};
    std::uint32_t header_timestamp{};  ///< to start from; not the lowest valid nTime
    std::uint32_t nbits{};
    U256 target{};  ///< may be lower than nBits implies

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("template_id", self.template_id);
        visit("prev_hash", self.prev_hash);
        visit("header_timestamp", self.header_timestamp);
        visit("nBits", self.nbits);
        visit("target", self.target);
    }
    friend bool operator==(const TemplateSetNewPrevHash&, const TemplateSetNewPrevHash&) = default;
};

/// Asks for the transactions of a template (Sv2 7.4).
struct RequestTransactionData {
    static constexpr MessageInfo info{
        .name = "RequestTransactionData",
        .family = MessageFamily::template_distribution,
        .message_type = 0x73,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    TemplateId template_id{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("template_id", self.template_id);
    }
    friend bool operator==(const RequestTransactionData&, const RequestTransactionData&) = default;
};

/// The transactions of a template, with witnesses (Sv2 7.5).
struct RequestTransactionDataSuccess {
    static constexpr MessageInfo info{
        .name = "RequestTransactionData.Success",
        .family = MessageFamily::template_distribution,
        .message_type = 0x74,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    TemplateId template_id{};
    B0_64K excess_data{};                 ///< opaque
    Seq0_64K<B0_16M> transaction_list{};  ///< all but the coinbase, in block order

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("template_id", self.template_id);
        visit("excess_data", self.excess_data);
        visit("transaction_list", self.transaction_list);
    }
    friend bool operator==(const RequestTransactionDataSuccess&,
                           const RequestTransactionDataSuccess&) = default;
};

/// The template is unknown or stale (Sv2 7.6).
struct RequestTransactionDataError {
    static constexpr MessageInfo info{
        .name = "RequestTransactionData.Error",
        .family = MessageFamily::template_distribution,
        .message_type = 0x75,
        .channel_message = false,
        .direction = Direction::to_client,
        .error_codes = error_codes_of::request_transaction_data,
    };

    TemplateId template_id{};
    Str0_255 error_code{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("template_id", self.template_id);
        visit("error_code", self.error_code);
    }
    friend bool operator==(const RequestTransactionDataError&,
                           const RequestTransactionDataError&) = default;
};

/// A solved block (Sv2 7.7).
struct SubmitSolution {
    static constexpr MessageInfo info{
        .name = "SubmitSolution",
        .family = MessageFamily::template_distribution,
        .message_type = 0x76,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    TemplateId template_id{};
    std::uint32_t version{};
    std::uint32_t header_timestamp{};
    std::uint32_t header_nonce{};
    B0_64K coinbase_tx{};  ///< complete, BIP 141 fields kept

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("template_id", self.template_id);
        visit("version", self.version);
        visit("header_timestamp", self.header_timestamp);
        visit("header_nonce", self.header_nonce);
        visit("coinbase_tx", self.coinbase_tx);
    }
    friend bool operator==(const SubmitSolution&, const SubmitSolution&) = default;
};

}  // namespace sv2
