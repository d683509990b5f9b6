#pragma once

#include <chrono>
#include <string_view>

#include "base/hex.h"
#include "bitcoin/coinbase.h"
#include "mining/block_template.h"
#include "mining/payout.h"
#include "mining/share.h"

namespace mining {

inline base::Bytes bytes_of_hex(std::string_view hex) {
    return base::from_hex(hex).value();
}
inline Extranonce extranonce_of_hex(std::string_view hex) {
    return Extranonce::from(bytes_of_hex(hex)).value();
}
inline base::UnixMicros at_second(std::int64_t second) {
    return base::UnixMicros{std::chrono::seconds{second}};
}

/// A template of height 159 on a tip from second 1000, with a commitment and two path nodes.
inline BlockTemplate some_template() {
    bitcoin::Uint256 node;
    node.bytes.fill(0x5a);
    bitcoin::Uint256 other_node;
    other_node.bytes.fill(0xa5);
    base::Bytes own_outputs;
    bitcoin::append_output(own_outputs,
                           {0, bitcoin::witness_commitment_script(bitcoin::Uint256{})});
    return BlockTemplate{
        .ref = *TemplateRef::of(Epoch{7}, 9),
        .tip = {.prev_hash = bitcoin::BlockHash{node},
                .nbits = 0x1b00d7c0,
                .min_ntime = 1000,
                .network_target = *bitcoin::expand_nbits(0x1b00d7c0),
                .height = 159},
        .version = 0x20000000,
        .coinbase_tx_version = 2,
        .coinbase_prefix = bitcoin::height_push(159),
        .coinbase_tx_input_sequence = 0xfffffffe,
        .coinbase_tx_value_remaining = 5'000'000'001,
        .coinbase_tx_outputs = own_outputs,
        .coinbase_tx_outputs_count = 1,
        .coinbase_tx_locktime = 158,
        .merkle_path = {node, other_node},
    };
}

inline PayoutOutputs some_outputs() {
    return PayoutOutputs{
        .outputs = {{bytes_of_hex("0014ebe1b7dcc293ccaa0ee743a86f89df8258c208fc"), 9'800},
                    {bytes_of_hex("51"), 200}},
        .pool_tag = base::to_bytes("/adit/"),
    };
}

/// A record for an extended channel whose every hash is a share, of some_template().
inline JobRecord some_record() {
    const auto channel = *ChannelKey::of(Epoch{3}, 5);
    return JobRecord{
        .channel = channel,
        .kind = ChannelKind::extended,
        .job_id = 1,
        .template_ref = some_template().ref,
        .variant = Variant{2},
        .outputs_id = outputs_id(some_outputs()),
        .extranonce_size = 8,
        .extranonce_prefix = *Extranonce::from(channel.to_bytes()),
        .target = bitcoin::target_max(),
        .version_rolling_allowed = true,
    };
}

/// A share for some_record(), within every bound.
inline SubmittedShare some_share() {
    return SubmittedShare{
        .sequence_number = 1,
        .nonce = 42,
        .ntime = 1000,
        .version = 0x20000000,
        .extranonce = extranonce_of_hex("0102030405060708"),
        .state = JobState::active,
        .received_at = at_second(1000),
    };
}

}  // namespace mining
