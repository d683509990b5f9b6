#pragma once

#include <cstdint>

#include "bitcoin/target.h"
#include "mining/block_template.h"

namespace rpc {

/// For tests: a template with something in every field. `tip` chooses what it builds on.
inline mining::BlockTemplate sample_template(std::uint64_t ref, std::uint8_t tip) {
    mining::BlockTemplate sample;
    sample.ref = mining::TemplateRef{ref};
    sample.tip.prev_hash.value.bytes.fill(tip);
    sample.tip.nbits = 0x207fffff;
    sample.tip.min_ntime = 1'700'000'000;
    sample.tip.network_target = *bitcoin::expand_nbits(0x207fffff);
    sample.tip.height = 100U + tip;
    sample.version = 0x20000000;
    sample.coinbase_tx_version = 2;
    sample.coinbase_prefix = {std::byte{0x01}, std::byte{0x65}};
    sample.coinbase_tx_input_sequence = 0xffffffff;
    sample.coinbase_tx_value_remaining = 5'000'000'000;
    sample.coinbase_tx_outputs = base::Bytes(9);  // nothing to an empty script
    sample.coinbase_tx_outputs_count = 1;
    sample.coinbase_tx_locktime = 3;
    sample.merkle_path.resize(2);
    sample.merkle_path[1].bytes.fill(9);
    sample.coinbase_weight_max = 4000;
    sample.coinbase_sigops_max = 400;
    sample.segwit = true;
    return sample;
}

}  // namespace rpc
