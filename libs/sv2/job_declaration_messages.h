#pragma once

#include <cstdint>

#include "sv2/error_codes.h"
#include "sv2/ids.h"
#include "sv2/message.h"
#include "sv2/sequence.h"
#include "sv2/types.h"

namespace sv2 {

/// Asks for a token to declare a job with (Sv2 6.4.2).
struct AllocateMiningJobToken {
    static constexpr MessageInfo info{
        .name = "AllocateMiningJobToken",
        .family = MessageFamily::job_declaration,
        .message_type = 0x50,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    Str0_255 user_identifier{};
    RequestId request_id{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("user_identifier", self.user_identifier);
        visit("request_id", self.request_id);
    }
    friend bool operator==(const AllocateMiningJobToken&, const AllocateMiningJobToken&) = default;
};

/// A token and the outputs that it demands (Sv2 6.4.3).
struct AllocateMiningJobTokenSuccess {
    static constexpr MessageInfo info{
        .name = "AllocateMiningJobToken.Success",
        .family = MessageFamily::job_declaration,
        .message_type = 0x51,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    RequestId request_id{};
    B0_255 mining_job_token{};
    B0_64K coinbase_tx_outputs{};  ///< the pool's, with a CompactSize count; the payout first

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("mining_job_token", self.mining_job_token);
        visit("coinbase_tx_outputs", self.coinbase_tx_outputs);
    }
    friend bool operator==(const AllocateMiningJobTokenSuccess&,
                           const AllocateMiningJobTokenSuccess&) = default;
};

/// Declares a job of the client's own (Sv2 6.4.4).
struct DeclareMiningJob {
    static constexpr MessageInfo info{
        .name = "DeclareMiningJob",
        .family = MessageFamily::job_declaration,
        .message_type = 0x57,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    RequestId request_id{};
    B0_255 mining_job_token{};
    std::uint32_t version{};
    B0_64K coinbase_tx_prefix{};  ///< BIP 141 fields kept
    B0_64K coinbase_tx_suffix{};  ///< BIP 141 fields kept
    Seq0_64K<U256> wtxid_list{};  ///< coinbase excluded, in block order
    B0_64K excess_data{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("mining_job_token", self.mining_job_token);
        visit("version", self.version);
        visit("coinbase_tx_prefix", self.coinbase_tx_prefix);
        visit("coinbase_tx_suffix", self.coinbase_tx_suffix);
        visit("wtxid_list", self.wtxid_list);
        visit("excess_data", self.excess_data);
    }
    friend bool operator==(const DeclareMiningJob&, const DeclareMiningJob&) = default;
};

/// The declared job is acceptable (Sv2 6.4.5).
struct DeclareMiningJobSuccess {
    static constexpr MessageInfo info{
        .name = "DeclareMiningJob.Success",
        .family = MessageFamily::job_declaration,
        .message_type = 0x58,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    RequestId request_id{};
    B0_255 new_mining_job_token{};  ///< for SetCustomMiningJob

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("new_mining_job_token", self.new_mining_job_token);
    }
    friend bool operator==(const DeclareMiningJobSuccess&,
                           const DeclareMiningJobSuccess&) = default;
};

/// The declared job is refused (Sv2 6.4.6).
struct DeclareMiningJobError {
    static constexpr MessageInfo info{
        .name = "DeclareMiningJob.Error",
        .family = MessageFamily::job_declaration,
        .message_type = 0x59,
        .channel_message = false,
        .direction = Direction::to_client,
        .error_codes = error_codes_of::declare_mining_job,
    };

    RequestId request_id{};
    Str0_255 error_code{};
    B0_64K error_details{};  ///< may be empty

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("error_code", self.error_code);
        visit("error_details", self.error_details);
    }
    friend bool operator==(const DeclareMiningJobError&, const DeclareMiningJobError&) = default;
};

/// Asks for transactions that the server lacks (Sv2 6.4.7).
struct ProvideMissingTransactions {
    static constexpr MessageInfo info{
        .name = "ProvideMissingTransactions",
        .family = MessageFamily::job_declaration,
        .message_type = 0x55,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    RequestId request_id{};                              ///< that of DeclareMiningJob
    Seq0_64K<std::uint16_t> unknown_tx_position_list{};  ///< from 0, in wtxid_list

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("unknown_tx_position_list", self.unknown_tx_position_list);
    }
    friend bool operator==(const ProvideMissingTransactions&,
                           const ProvideMissingTransactions&) = default;
};

/// The transactions asked for (Sv2 6.4.8).
struct ProvideMissingTransactionsSuccess {
    static constexpr MessageInfo info{
        .name = "ProvideMissingTransactions.Success",
        .family = MessageFamily::job_declaration,
        .message_type = 0x56,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    RequestId request_id{};               ///< that of DeclareMiningJob
    Seq0_64K<B0_16M> transaction_list{};  ///< in the order requested

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("transaction_list", self.transaction_list);
    }
    friend bool operator==(const ProvideMissingTransactionsSuccess&,
                           const ProvideMissingTransactionsSuccess&) = default;
};

/// A solved block for the latest acknowledged declaration (Sv2 6.4.9).
struct PushSolution {
    static constexpr MessageInfo info{
        .name = "PushSolution",
        .family = MessageFamily::job_declaration,
        .message_type = 0x60,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    B0_32 extranonce{};  ///< complete, the prefix included
    U256 prev_hash{};
    std::uint32_t nonce{};
    std::uint32_t ntime{};
    std::uint32_t nbits{};
    std::uint32_t version{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("extranonce", self.extranonce);
        visit("prev_hash", self.prev_hash);
        visit("nonce", self.nonce);
        visit("ntime", self.ntime);
        visit("nbits", self.nbits);
        visit("version", self.version);
    }
    friend bool operator==(const PushSolution&, const PushSolution&) = default;
};

}  // namespace sv2
