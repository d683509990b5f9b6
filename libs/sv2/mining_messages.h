#pragma once

#include <cstdint>
#include <optional>

#include "sv2/error_codes.h"
#include "sv2/ids.h"
#include "sv2/message.h"
#include "sv2/sequence.h"
#include "sv2/types.h"

namespace sv2 {

/// Asks for a channel whose jobs come with a finished merkle root (Sv2 5.3.2).
struct OpenStandardMiningChannel {
    static constexpr MessageInfo info{
        .name = "OpenStandardMiningChannel",
        .family = MessageFamily::mining,
        .message_type = 0x10,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    RequestId request_id{};
    Str0_255 user_identity{};
    float nominal_hash_rate{};  ///< hashes per second; may be any bit pattern
    U256 max_target{};          ///< the easiest target that the device accepts

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("user_identity", self.user_identity);
        visit("nominal_hash_rate", self.nominal_hash_rate);
        visit("max_target", self.max_target);
    }
    friend bool operator==(const OpenStandardMiningChannel&,
                           const OpenStandardMiningChannel&) = default;
};

/// A standard channel is open (Sv2 5.3.3).
struct OpenStandardMiningChannelSuccess {
    static constexpr MessageInfo info{
        .name = "OpenStandardMiningChannel.Success",
        .family = MessageFamily::mining,
        .message_type = 0x11,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    RequestId request_id{};
    ChannelId channel_id{};
    U256 target{};
    B0_32 extranonce_prefix{};  ///< the complete extranonce: nothing is rolled
    ChannelId group_channel_id{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("channel_id", self.channel_id);
        visit("target", self.target);
        visit("extranonce_prefix", self.extranonce_prefix);
        visit("group_channel_id", self.group_channel_id);
    }
    friend bool operator==(const OpenStandardMiningChannelSuccess&,
                           const OpenStandardMiningChannelSuccess&) = default;
};

/// Either kind of channel is refused (Sv2 5.3.6).
struct OpenMiningChannelError {
    static constexpr MessageInfo info{
        .name = "OpenMiningChannel.Error",
        .family = MessageFamily::mining,
        .message_type = 0x12,
        .channel_message = false,
        .direction = Direction::to_client,
        .error_codes = error_codes_of::open_mining_channel,
    };

    RequestId request_id{};
    Str0_255 error_code{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("error_code", self.error_code);
    }
    friend bool operator==(const OpenMiningChannelError&, const OpenMiningChannelError&) = default;
};

/// Asks for a channel whose client builds the coinbase itself (Sv2 5.3.4).
struct OpenExtendedMiningChannel {
    static constexpr MessageInfo info{
        .name = "OpenExtendedMiningChannel",
        .family = MessageFamily::mining,
        .message_type = 0x13,
        .channel_message = false,
        .direction = Direction::to_server,
    };

    RequestId request_id{};
    Str0_255 user_identity{};
    float nominal_hash_rate{};            ///< hashes per second; may be any bit pattern
    U256 max_target{};                    ///< the easiest target that the device accepts
    std::uint16_t min_extranonce_size{};  ///< rollable bytes that the client needs

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("user_identity", self.user_identity);
        visit("nominal_hash_rate", self.nominal_hash_rate);
        visit("max_target", self.max_target);
        visit("min_extranonce_size", self.min_extranonce_size);
    }
    friend bool operator==(const OpenExtendedMiningChannel&,
                           const OpenExtendedMiningChannel&) = default;
};

/// An extended channel is open; mind that the order differs from the standard one (Sv2 5.3.5).
struct OpenExtendedMiningChannelSuccess {
    static constexpr MessageInfo info{
        .name = "OpenExtendedMiningChannel.Success",
        .family = MessageFamily::mining,
        .message_type = 0x14,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    RequestId request_id{};
    ChannelId channel_id{};
    U256 target{};
    std::uint16_t extranonce_size{};  ///< rollable bytes granted
    B0_32 extranonce_prefix{};        ///< fixed leading bytes
    ChannelId group_channel_id{};     ///< not sent before the end of 2025; then 0

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("request_id", self.request_id);
        visit("channel_id", self.channel_id);
        visit("target", self.target);
        visit("extranonce_size", self.extranonce_size);
        visit("extranonce_prefix", self.extranonce_prefix);
        visit("group_channel_id", self.group_channel_id, MayBeMissing{});
    }
    friend bool operator==(const OpenExtendedMiningChannelSuccess&,
                           const OpenExtendedMiningChannelSuccess&) = default;
};

/// A job for a standard channel (Sv2 5.3.15).
struct NewMiningJob {
    static constexpr MessageInfo info{
        .name = "NewMiningJob",
        .family = MessageFamily::mining,
        .message_type = 0x15,
        .channel_message = true,
        .direction = Direction::to_client,
    };

    ChannelId channel_id{};  ///< a standard channel
    JobId job_id{};
    std::optional<std::uint32_t> min_ntime{};  ///< absent: a future job
    std::uint32_t version{};
    U256 merkle_root{};  ///< as it goes into the header

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("job_id", self.job_id);
        visit("min_ntime", self.min_ntime);
        visit("version", self.version);
        visit("merkle_root", self.merkle_root);
    }
    friend bool operator==(const NewMiningJob&, const NewMiningJob&) = default;
};

/// The client has changed; the only reply there may be is SetTarget or an error (Sv2 5.3.7).
struct UpdateChannel {
    static constexpr MessageInfo info{
        .name = "UpdateChannel",
        .family = MessageFamily::mining,
        .message_type = 0x16,
        .channel_message = true,
        .direction = Direction::to_server,
    };

    ChannelId channel_id{};
    float nominal_hash_rate{};  ///< hashes per second; may be any bit pattern
    U256 maximum_target{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("nominal_hash_rate", self.nominal_hash_rate);
        visit("maximum_target", self.maximum_target);
    }
    friend bool operator==(const UpdateChannel&, const UpdateChannel&) = default;
};

/// An UpdateChannel was invalid and changed nothing (Sv2 5.3.8).
struct UpdateChannelError {
    static constexpr MessageInfo info{
        .name = "UpdateChannel.Error",
        .family = MessageFamily::mining,
        .message_type = 0x17,
        .channel_message = true,
        .direction = Direction::to_client,
        .error_codes = error_codes_of::update_channel,
    };

    ChannelId channel_id{};
    Str0_255 error_code{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("error_code", self.error_code);
    }
    friend bool operator==(const UpdateChannelError&, const UpdateChannelError&) = default;
};

/// Ends a channel; there is no reply (Sv2 5.3.9).
struct CloseChannel {
    static constexpr MessageInfo info{
        .name = "CloseChannel",
        .family = MessageFamily::mining,
        .message_type = 0x18,
        .channel_message = true,
        .direction = Direction::both,
    };

    ChannelId channel_id{};  ///< a channel, or a group for all its members
    Str0_255 reason_code{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("reason_code", self.reason_code);
    }
    friend bool operator==(const CloseChannel&, const CloseChannel&) = default;
};

/// Changes the prefix for jobs sent after it (Sv2 5.3.10).
struct SetExtranoncePrefix {
    static constexpr MessageInfo info{
        .name = "SetExtranoncePrefix",
        .family = MessageFamily::mining,
        .message_type = 0x19,
        .channel_message = true,
        .direction = Direction::to_client,
    };

    ChannelId channel_id{};  ///< never a group
    B0_32 extranonce_prefix{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("extranonce_prefix", self.extranonce_prefix);
    }
    friend bool operator==(const SetExtranoncePrefix&, const SetExtranoncePrefix&) = default;
};

/// A share found on a standard channel (Sv2 5.3.11).
struct SubmitSharesStandard {
    static constexpr MessageInfo info{
        .name = "SubmitSharesStandard",
        .family = MessageFamily::mining,
        .message_type = 0x1a,
        .channel_message = true,
        .direction = Direction::to_server,
    };

    ChannelId channel_id{};
    std::uint32_t sequence_number{};  ///< counted by the client, per channel
    JobId job_id{};
    std::uint32_t nonce{};
    std::uint32_t ntime{};
    std::uint32_t version{};  ///< the complete header field

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("sequence_number", self.sequence_number);
        visit("job_id", self.job_id);
        visit("nonce", self.nonce);
        visit("ntime", self.ntime);
        visit("version", self.version);
    }
    friend bool operator==(const SubmitSharesStandard&, const SubmitSharesStandard&) = default;
};

/// A share found on an extended channel (Sv2 5.3.12); extension 0x0002 appends a TLV, see tlv.h.
struct SubmitSharesExtended {
    static constexpr MessageInfo info{
        .name = "SubmitSharesExtended",
        .family = MessageFamily::mining,
        .message_type = 0x1b,
        .channel_message = true,
        .direction = Direction::to_server,
    };

    ChannelId channel_id{};
    std::uint32_t sequence_number{};  ///< counted by the client, per channel
    JobId job_id{};
    std::uint32_t nonce{};
    std::uint32_t ntime{};
    std::uint32_t version{};  ///< the complete header field
    B0_32 extranonce{};       ///< the rolled bytes only, without the prefix

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("sequence_number", self.sequence_number);
        visit("job_id", self.job_id);
        visit("nonce", self.nonce);
        visit("ntime", self.ntime);
        visit("version", self.version);
        visit("extranonce", self.extranonce);
    }
    friend bool operator==(const SubmitSharesExtended&, const SubmitSharesExtended&) = default;
};

/// Acknowledges a batch of accepted shares (Sv2 5.3.13).
struct SubmitSharesSuccess {
    static constexpr MessageInfo info{
        .name = "SubmitShares.Success",
        .family = MessageFamily::mining,
        .message_type = 0x1c,
        .channel_message = true,
        .direction = Direction::to_client,
    };

    ChannelId channel_id{};
    std::uint32_t last_sequence_number{};        ///< of the last accepted share
    std::uint32_t new_submits_accepted_count{};  ///< of this batch only
    std::uint64_t new_shares_sum{};              ///< difficulties of this batch, summed

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("last_sequence_number", self.last_sequence_number);
        visit("new_submits_accepted_count", self.new_submits_accepted_count);
        visit("new_shares_sum", self.new_shares_sum);
    }
    friend bool operator==(const SubmitSharesSuccess&, const SubmitSharesSuccess&) = default;
};

/// One share was rejected (Sv2 5.3.14).
struct SubmitSharesError {
    static constexpr MessageInfo info{
        .name = "SubmitShares.Error",
        .family = MessageFamily::mining,
        .message_type = 0x1d,
        .channel_message = true,
        .direction = Direction::to_client,
        .error_codes = error_codes_of::submit_shares,
    };

    ChannelId channel_id{};
    std::uint32_t sequence_number{};
    Str0_255 error_code{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("sequence_number", self.sequence_number);
        visit("error_code", self.error_code);
    }
    friend bool operator==(const SubmitSharesError&, const SubmitSharesError&) = default;
};

/// A job for an extended channel or for a group (Sv2 5.3.16).
struct NewExtendedMiningJob {
    static constexpr MessageInfo info{
        .name = "NewExtendedMiningJob",
        .family = MessageFamily::mining,
        .message_type = 0x1f,
        .channel_message = true,
        .direction = Direction::to_client,
    };

    ChannelId channel_id{};  ///< an extended channel or a group
    JobId job_id{};
    std::optional<std::uint32_t> min_ntime{};  ///< absent: a future job
    std::uint32_t version{};
    bool version_rolling_allowed{};
    Seq0_255<U256> merkle_path{};  ///< deepest first
    B0_64K coinbase_tx_prefix{};   ///< BIP 141 fields stripped
    B0_64K coinbase_tx_suffix{};   ///< BIP 141 fields stripped

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("job_id", self.job_id);
        visit("min_ntime", self.min_ntime);
        visit("version", self.version);
        visit("version_rolling_allowed", self.version_rolling_allowed);
        visit("merkle_path", self.merkle_path);
        visit("coinbase_tx_prefix", self.coinbase_tx_prefix);
        visit("coinbase_tx_suffix", self.coinbase_tx_suffix);
    }
    friend bool operator==(const NewExtendedMiningJob&, const NewExtendedMiningJob&) = default;
};

/// A new tip; every job but the one named is stale (Sv2 5.3.17). Not the message of the same name
/// in template distribution.
struct SetNewPrevHash {
    static constexpr MessageInfo info{
        .name = "SetNewPrevHash",
        .family = MessageFamily::mining,
        .message_type = 0x20,
        .channel_message = true,
        .direction = Direction::to_client,
    };

    ChannelId channel_id{};  ///< a channel or a group
    JobId job_id{};          ///< the future job that becomes active
    U256 prev_hash{};
    std::uint32_t min_ntime{};
    std::uint32_t nbits{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("job_id", self.job_id);
        visit("prev_hash", self.prev_hash);
        visit("min_ntime", self.min_ntime);
        visit("nbits", self.nbits);
    }
    friend bool operator==(const SetNewPrevHash&, const SetNewPrevHash&) = default;
};

/// A job of the client's own making (Sv2 5.3.18).
struct SetCustomMiningJob {
    static constexpr MessageInfo info{
        .name = "SetCustomMiningJob",
        .family = MessageFamily::mining,
        .message_type = 0x22,
        .channel_message = true,
        .direction = Direction::to_server,
    };

    ChannelId channel_id{};  ///< an extended channel or a group
    RequestId request_id{};
    B0_255 mining_job_token{};
    std::uint32_t version{};
    U256 prev_hash{};
    std::uint32_t min_ntime{};
    std::uint32_t nbits{};
    std::uint32_t coinbase_tx_version{};
    B0_255 coinbase_prefix{};  ///< start of the scriptSig
    std::uint32_t coinbase_tx_input_n_sequence{};
    B0_64K coinbase_tx_outputs{};  ///< all outputs, with a CompactSize count
    std::uint32_t coinbase_tx_locktime{};
    Seq0_255<U256> merkle_path{};  ///< deepest first

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("request_id", self.request_id);
        visit("mining_job_token", self.mining_job_token);
        visit("version", self.version);
        visit("prev_hash", self.prev_hash);
        visit("min_ntime", self.min_ntime);
        visit("nbits", self.nbits);
        visit("coinbase_tx_version", self.coinbase_tx_version);
        visit("coinbase_prefix", self.coinbase_prefix);
        visit("coinbase_tx_input_nSequence", self.coinbase_tx_input_n_sequence);
        visit("coinbase_tx_outputs", self.coinbase_tx_outputs);
        visit("coinbase_tx_locktime", self.coinbase_tx_locktime);
        visit("merkle_path", self.merkle_path);
    }
    friend bool operator==(const SetCustomMiningJob&, const SetCustomMiningJob&) = default;
};

/// The custom job counts (Sv2 5.3.19).
struct SetCustomMiningJobSuccess {
    static constexpr MessageInfo info{
        .name = "SetCustomMiningJob.Success",
        .family = MessageFamily::mining,
        .message_type = 0x23,
        .channel_message = true,
        .direction = Direction::to_client,
    };

    ChannelId channel_id{};
    RequestId request_id{};
    JobId job_id{};  ///< active at once

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("request_id", self.request_id);
        visit("job_id", self.job_id);
    }
    friend bool operator==(const SetCustomMiningJobSuccess&,
                           const SetCustomMiningJobSuccess&) = default;
};

/// The custom job is refused (Sv2 5.3.20).
struct SetCustomMiningJobError {
    static constexpr MessageInfo info{
        .name = "SetCustomMiningJob.Error",
        .family = MessageFamily::mining,
        .message_type = 0x24,
        .channel_message = true,
        .direction = Direction::to_client,
        .error_codes = error_codes_of::set_custom_mining_job,
    };

    ChannelId channel_id{};
    RequestId request_id{};
    Str0_255 error_code{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("request_id", self.request_id);
        visit("error_code", self.error_code);
    }
    friend bool operator==(const SetCustomMiningJobError&,
                           const SetCustomMiningJobError&) = default;
};

/// The target of jobs sent later and of future jobs (Sv2 5.3.21).
struct SetTarget {
    static constexpr MessageInfo info{
        .name = "SetTarget",
        .family = MessageFamily::mining,
        .message_type = 0x21,
        .channel_message = true,
        .direction = Direction::to_client,
    };

    ChannelId channel_id{};  ///< a channel or a group
    U256 maximum_target{};   ///< the largest share hash that is accepted

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("channel_id", self.channel_id);
        visit("maximum_target", self.maximum_target);
    }
    friend bool operator==(const SetTarget&, const SetTarget&) = default;
};

/// Moves open channels into a group (Sv2 5.3.22).
struct SetGroupChannel {
    static constexpr MessageInfo info{
        .name = "SetGroupChannel",
        .family = MessageFamily::mining,
        .message_type = 0x25,
        .channel_message = false,
        .direction = Direction::to_client,
    };

    ChannelId group_channel_id{};
    Seq0_64K<ChannelId> channel_ids{};

    template <class Self, class Visit>
    static constexpr void fields(Self& self, Visit&& visit) {
        visit("group_channel_id", self.group_channel_id);
        visit("channel_ids", self.channel_ids);
    }
    friend bool operator==(const SetGroupChannel&, const SetGroupChannel&) = default;
};

}  // namespace sv2
