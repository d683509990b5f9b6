#pragma once

#include "bitcoin/transaction.h"
#include "mining/custom_job.h"
#include "mining/records_testing.h"

namespace gateway {

inline base::Bytes counted_outputs(const std::vector<bitcoin::TxOutput>& outputs) {
    base::Bytes bytes{static_cast<std::byte>(outputs.size())};
    for (const auto& output : outputs) bitcoin::append_output(bytes, output);
    return bytes;
}

/// On the tip of some_template(), with transactions of its own, and paying some_outputs() what
/// they would get of the template's value.
inline mining::CustomJob some_custom_job() {
    const auto block_template = mining::some_template();
    const auto wanted = mining::some_outputs();
    return {
        .version = 0x20000000,
        .prev_hash = block_template.tip.prev_hash,
        .min_ntime = block_template.tip.min_ntime,
        .nbits = block_template.tip.nbits,
        .coinbase_tx_version = 2,
        .coinbase_prefix = bitcoin::height_push(block_template.tip.height),
        .coinbase_tx_input_sequence = 0xfffffffe,
        .coinbase_tx_outputs = counted_outputs({{4'900'000'001, wanted.outputs[0].script},
                                                {100'000'000, wanted.outputs[1].script},
                                                {0, mining::bytes_of_hex("6a0101")}}),
        .coinbase_tx_locktime = 158,
        .merkle_path = {block_template.merkle_path[1]},
    };
}

}  // namespace gateway
