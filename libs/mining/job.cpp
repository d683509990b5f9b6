#include "mining/job.h"

#include <cstring>
#include <utility>

#include "bitcoin/merkle.h"
#include "bitcoin/script.h"
#include "mining/extranonce.h"

namespace mining {
namespace {

/// Template ref and variant, which stand between the opcode and the extranonce.
constexpr std::size_t job_name_size = 8 + 2;
static_assert(job_name_size + extranonce_size_max <= 75, "one opcode pushes all of it");

void append_be(base::Bytes& to, std::uint16_t value) {
    to.push_back(static_cast<std::byte>(value >> 8));
    to.push_back(static_cast<std::byte>(value & 0xffU));
}

}  // namespace

base::Result<CoinbaseParts, DeriveError> derive_coinbase(const BlockTemplate& block_template,
                                                         const PayoutOutputs& outputs,
                                                         Variant variant,
                                                         std::size_t full_extranonce_size) {
    if (full_extranonce_size > extranonce_size_max)
        return base::unexpected(DeriveError::extranonce_too_long);
    const auto amounts = payout_amounts(outputs, block_template.coinbase_tx_value_remaining);
    if (!amounts) return base::unexpected(DeriveError::payout_invalid);

    bitcoin::CoinbaseFields fields{
        .version = block_template.coinbase_tx_version,
        .script_sig_begin = block_template.coinbase_prefix,
        .extranonce_size = full_extranonce_size,
        .sequence = block_template.coinbase_tx_input_sequence,
        .outputs_count = amounts->size() + block_template.coinbase_tx_outputs_count,
        .locktime = block_template.coinbase_tx_locktime,
    };
    auto& script = fields.script_sig_begin;
    if (!outputs.pool_tag.empty()) bitcoin::append_push(script, outputs.pool_tag);
    script.push_back(static_cast<std::byte>(job_name_size + full_extranonce_size));
    base::append(script, block_template.ref.to_bytes());
    append_be(script, variant.value);

    for (const auto& amount : *amounts) bitcoin::append_output(fields.outputs, amount);
    base::append(fields.outputs, block_template.coinbase_tx_outputs);

    auto parts = bitcoin::coinbase_parts(fields);
    if (!parts) return base::unexpected(DeriveError::script_sig_too_long);
    return *std::move(parts);
}

JobCoinbase::JobCoinbase(CoinbaseParts parts, std::size_t full_extranonce_size)
    : parts_(std::move(parts)), extranonce_at_(parts_.prefix.size() % 64) {
    begun_.update(parts_.prefix);
    const base::ByteView prefix{parts_.prefix};
    base::append(tail_, prefix.last(extranonce_at_));
    tail_.resize(tail_.size() + full_extranonce_size);
    base::append(tail_, parts_.suffix);
    const auto size = parts_.prefix.size() + full_extranonce_size + parts_.suffix.size();
    tail_.push_back(std::byte{0x80});
    while (tail_.size() % 64 != 56) tail_.push_back({});
    for (int shift = 56; shift >= 0; shift -= 8)
        tail_.push_back(static_cast<std::byte>((std::uint64_t{size} * 8) >> shift));
}

void JobCoinbase::write_tail(base::ByteView extranonce_prefix, base::ByteView rolled,
                             std::uint8_t* to) const {
    std::memcpy(to, tail_.data(), tail_.size());
    to += extranonce_at_;
    std::memcpy(to, extranonce_prefix.data(), extranonce_prefix.size());
    if (!rolled.empty()) std::memcpy(to + extranonce_prefix.size(), rolled.data(), rolled.size());
}

bitcoin::Uint256 JobCoinbase::txid(base::ByteView extranonce_prefix, base::ByteView rolled) const {
    auto hasher = begun_;
    return hasher.update(extranonce_prefix).update(rolled).update(parts_.suffix).double_digest();
}

bitcoin::Uint256 JobCoinbase::merkle_root(const BlockTemplate& block_template,
                                          base::ByteView extranonce_prefix,
                                          base::ByteView rolled) const {
    return bitcoin::fold_merkle_path(txid(extranonce_prefix, rolled), block_template.merkle_path);
}

base::Result<JobCoinbase, DeriveError> derive_job_coinbase(const BlockTemplate& block_template,
                                                           const PayoutOutputs& outputs,
                                                           Variant variant,
                                                           std::size_t full_extranonce_size) {
    auto parts = derive_coinbase(block_template, outputs, variant, full_extranonce_size);
    if (!parts) return base::unexpected(parts.error());
    return JobCoinbase{*std::move(parts), full_extranonce_size};
}

base::Bytes full_coinbase(const CoinbaseParts& parts, base::ByteView extranonce_prefix,
                          base::ByteView rolled, bool segwit) {
    base::Bytes stripped = parts.prefix;
    base::append(stripped, extranonce_prefix);
    base::append(stripped, rolled);
    base::append(stripped, parts.suffix);
    return segwit ? bitcoin::with_coinbase_witness(stripped) : stripped;
}

}  // namespace mining
