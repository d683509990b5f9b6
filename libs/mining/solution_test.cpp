#include "mining/solution.h"

#include <gtest/gtest.h>

#include "bitcoin/merkle.h"
#include "bitcoin/transaction.h"
#include "mining/judge.h"
#include "mining/records_testing.h"

namespace mining {
namespace {

TEST(Solution, HasTheHeaderThatWasJudgedAndTheCoinbaseOfItsRoot) {
    for (const bool segwit : {true, false}) {
        SCOPED_TRACE(segwit);
        auto block_template = some_template();
        block_template.segwit = segwit;
        const auto record = some_record();
        const auto coinbase = *derive_job_coinbase(block_template, some_outputs(), record.variant,
                                                   record.full_extranonce_size());
        const auto solution = make_solution(some_share(), record, block_template, coinbase);
        EXPECT_EQ(solution.template_ref, block_template.ref);
        EXPECT_EQ(bitcoin::header_hash(solution.header),
                  judge(some_share(), record, block_template, coinbase).hash);

        const auto transaction = bitcoin::parse_transaction(solution.coinbase);
        ASSERT_TRUE(transaction.has_value());
        EXPECT_EQ(transaction->has_witness(), segwit);
        const auto header = bitcoin::decode_header(solution.header);
        EXPECT_EQ(
            bitcoin::fold_merkle_path(bitcoin::txid(*transaction), block_template.merkle_path),
            header.merkle_root);
        EXPECT_EQ(header.prev_hash, block_template.tip.prev_hash);
        EXPECT_EQ(header.nbits, block_template.tip.nbits);
        EXPECT_EQ(header.version, some_share().version);
        EXPECT_EQ(header.ntime, some_share().ntime);
        EXPECT_EQ(header.nonce, some_share().nonce);
        // The channel that found it can be read from the block.
        EXPECT_TRUE(base::to_hex(transaction->inputs[0].script)
                        .ends_with("0000000003000005"
                                   "0102030405060708"));
    }
}

}  // namespace
}  // namespace mining
