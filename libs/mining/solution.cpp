#include "mining/solution.h"

namespace mining {

bitcoin::Header share_header(const SubmittedShare& share, const BlockTemplate& block_template,
                             const bitcoin::Uint256& merkle_root) {
    return bitcoin::Header{
        .version = share.version,
        .prev_hash = block_template.tip.prev_hash,
        .merkle_root = merkle_root,
        .ntime = share.ntime,
        .nbits = block_template.tip.nbits,
        .nonce = share.nonce,
    };
}

Solution make_solution(const SubmittedShare& share, const JobRecord& record,
                       const BlockTemplate& block_template, const JobCoinbase& coinbase) {
    const auto prefix = record.extranonce_prefix.bytes();
    const auto rolled = share.extranonce.bytes();
    const auto root = coinbase.merkle_root(block_template, prefix, rolled);
    return Solution{
        .template_ref = block_template.ref,
        .header = bitcoin::encode_header(share_header(share, block_template, root)),
        .coinbase = full_coinbase(coinbase.parts(), prefix, rolled, block_template.segwit),
    };
}

}  // namespace mining
