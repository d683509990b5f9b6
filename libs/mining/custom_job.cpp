#include "mining/custom_job.h"

#include <algorithm>
#include <array>

#include "bitcoin/coinbase.h"
#include "bitcoin/compact_size.h"
#include "bitcoin/outputs.h"
#include "bitcoin/sha256.h"
#include "bitcoin/target.h"
#include "mining/extranonce.h"

namespace mining {
namespace {

void append_sized(base::Bytes& to, base::ByteView bytes) {
    bitcoin::append_compact_size(to, bytes.size());
    base::append(to, bytes);
}

/// A witness commitment's script begins so (BIP 141): OP_RETURN, 36 bytes, the commitment's mark.
bool is_witness_commitment(const bitcoin::TxOutput& output) {
    constexpr std::array<std::byte, 6> begin{std::byte{0x6a}, std::byte{0x24}, std::byte{0xaa},
                                             std::byte{0x21}, std::byte{0xa9}, std::byte{0xed}};
    return output.script.size() >= begin.size() + 32 &&
           std::equal(begin.begin(), begin.end(), output.script.begin());
}

}  // namespace

CustomJobId custom_job_id(const CustomJob& job) {
    base::Bytes content;
    base::append_le(content, job.version);
    base::append(content, job.prev_hash.value.as_bytes());
    base::append_le(content, job.min_ntime);
    base::append_le(content, job.nbits);
    base::append_le(content, job.coinbase_tx_version);
    append_sized(content, job.coinbase_prefix);
    base::append_le(content, job.coinbase_tx_input_sequence);
    append_sized(content, job.coinbase_tx_outputs);
    base::append_le(content, job.coinbase_tx_locktime);
    for (const auto& sibling : job.merkle_path) base::append(content, sibling.as_bytes());
    const auto digest = bitcoin::sha256(content);
    std::uint64_t id = 0;
    for (std::size_t i = 0; i < 8; ++i) id = id << 8 | digest.bytes[i];
    return CustomJobId{std::max<std::uint64_t>(id, 1)};
}

std::optional<std::vector<bitcoin::TxOutput>> outputs_of(const CustomJob& job) {
    return bitcoin::parse_outputs(job.coinbase_tx_outputs);
}

BlockTemplate template_of(const CustomJob& job) {
    const auto outputs = outputs_of(job);
    base::ByteView without_count{job.coinbase_tx_outputs};
    const auto count = bitcoin::read_compact_size(without_count);
    return BlockTemplate{
        .ref = {},
        .tip = {.prev_hash = job.prev_hash,
                .nbits = job.nbits,
                .min_ntime = job.min_ntime,
                // Bits that name no target are met by nothing.
                .network_target = bitcoin::expand_nbits(job.nbits).value_or(bitcoin::Target{}),
                .height = 0},
        .version = job.version,
        .coinbase_tx_version = job.coinbase_tx_version,
        .coinbase_prefix = job.coinbase_prefix,
        .coinbase_tx_input_sequence = job.coinbase_tx_input_sequence,
        .coinbase_tx_value_remaining = 0,
        .coinbase_tx_outputs = base::to_bytes(without_count),
        .coinbase_tx_outputs_count = static_cast<std::uint32_t>(count.value_or(0)),
        .coinbase_tx_locktime = job.coinbase_tx_locktime,
        .merkle_path = job.merkle_path,
        .segwit = outputs && std::ranges::any_of(*outputs, is_witness_commitment),
    };
}

base::Result<JobCoinbase, DeriveError> derive_job_coinbase(const CustomJob& job,
                                                           std::size_t full_extranonce_size) {
    if (full_extranonce_size > extranonce_size_max)
        return base::unexpected(DeriveError::extranonce_too_long);
    if (!outputs_of(job)) return base::unexpected(DeriveError::payout_invalid);
    const auto as_template = template_of(job);
    auto parts = bitcoin::coinbase_parts({.version = job.coinbase_tx_version,
                                          .script_sig_begin = job.coinbase_prefix,
                                          .extranonce_size = full_extranonce_size,
                                          .sequence = job.coinbase_tx_input_sequence,
                                          .outputs_count = as_template.coinbase_tx_outputs_count,
                                          .outputs = as_template.coinbase_tx_outputs,
                                          .locktime = job.coinbase_tx_locktime});
    if (!parts) return base::unexpected(DeriveError::script_sig_too_long);
    return JobCoinbase{*std::move(parts), full_extranonce_size};
}

}  // namespace mining
