#include "template/block_builder.h"

#include "bitcoin/block.h"
#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "bitcoin/transaction.h"

namespace templates {

base::Result<BuiltBlock, std::string_view> build_block(const Candidate& candidate,
                                                       base::ByteView header,
                                                       base::ByteView coinbase) {
    const auto wrong = [](std::string_view what) { return base::unexpected(what); };
    const auto& block_template = candidate.block_template;
    if (!candidate.transactions) return wrong("the node has not given the transactions yet");
    if (header.size() != bitcoin::header_size) return wrong("the header does not have 80 bytes");
    const auto header_bytes = header.first<bitcoin::header_size>();
    const auto fields = bitcoin::decode_header(header_bytes);
    const auto hash = bitcoin::header_hash(header_bytes);
    if (fields.prev_hash != block_template.tip.prev_hash)
        return wrong("the header builds on another block than the template");
    if (fields.nbits != block_template.tip.nbits)
        return wrong("the header has other nbits than the template");
    const auto transaction = bitcoin::parse_transaction(coinbase);
    if (!transaction || !transaction->is_coinbase()) return wrong("the coinbase is none");
    if (transaction->has_witness() != block_template.segwit)
        return wrong(block_template.segwit ? "the coinbase has no witness"
                                           : "the coinbase has a witness");
    if (bitcoin::fold_merkle_path(bitcoin::txid(*transaction), block_template.merkle_path) !=
        fields.merkle_root)
        return wrong("the merkle root is not that of coinbase and template");
    if (!block_template.tip.network_target.is_met_by(hash))
        return wrong("the hash does not meet the network target");
    std::uint64_t value_sat = 0;
    for (const auto& output : transaction->outputs) value_sat += output.value_sat;
    return BuiltBlock{
        .hash = hash,
        .bytes = bitcoin::assemble_block(header_bytes, coinbase, *candidate.transactions),
        .value_sat = value_sat};
}

}  // namespace templates
