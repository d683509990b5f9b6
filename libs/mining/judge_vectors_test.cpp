// The share vectors of the protocol reference (4.9): published inputs whose coinbase this pool
// would not derive itself, so the parts are given and everything after them is ours.
#include <gtest/gtest.h>

#include "bitcoin/merkle.h"
#include "mining/batch_judge.h"
#include "mining/records_testing.h"
#include "mining/solution.h"

namespace mining {
namespace {

struct ShareVector {
    const char* name;
    const char* prefix;
    const char* extranonce_prefix;
    const char* extranonce;
    const char* suffix;
    const char* prev_hash;
    std::uint32_t nonce;
    const char* root;
    const char* header;
    const char* hash;
};

constexpr ShareVector vectors[] = {
    {
        "A, extended",
        "02000000010000000000000000000000000000000000000000000000000000000000000000ffffffff"
        "2a5200065376322f2f2f20",
        "000000000000000000000000000000000000000000000001",
        "0100000000000000",
        "ffffffff0200f2052a01000000160014ebe1b7dcc293ccaa0ee743a86f89df8258c208fc00000000"
        "00000000266a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd83697"
        "4e8cf900000000",
        "17cd48869956dc99e01cd892e478e39dd563a0a3803b8bbe9e3e000000000000",
        16647,
        "cae378f9a9dc0d816aa282f36506f209ece36dd90eb50781a25798a509763a05",
        "0000002017cd48869956dc99e01cd892e478e39dd563a0a3803b8bbe9e3e000000000000cae378f9"
        "a9dc0d816aa282f36506f209ece36dd90eb50781a25798a509763a0561e90b68c0d7001b07410000",
        "000054cc966c174fc21b056b994c0aa265c40126222040984f571230b9adde1f",
    },
    {
        "B, standard",
        "02000000010000000000000000000000000000000000000000000000000000000000000000ffffffff"
        "2c029f0000065376322f2f2f20",
        "5374726174756d2056322053524920506f6f6c00000000000000000000000001",
        "",
        "feffffff0200f2052a01000000160014ebe1b7dcc293ccaa0ee743a86f89df8258c208fc00000000"
        "00000000266a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd83697"
        "4e8cf99e000000",
        "9a7cefe7dd7aa0ada4af57214ad6bf6b492200a2e3102c282149000000000000",
        92092,
        "f4affb67aa6f596ff5fda7637ee7aa99ae45fbf30577914c136bd79ba624e4d2",
        "000000209a7cefe7dd7aa0ada4af57214ad6bf6b492200a2e3102c282149000000000000f4affb67"
        "aa6f596ff5fda7637ee7aa99ae45fbf30577914c136bd79ba624e4d261e90b68c0d7001bbc670100",
        "0000545efd44aa70bc49d037df93ba3e51ec5937f72a28f9d3c15d8f17c1194e",
    },
};

bitcoin::Uint256 raw(std::string_view hex) {
    const auto bytes = bytes_of_hex(hex);
    return bitcoin::Uint256::from_bytes(std::span{bytes}.first<32>());
}

constexpr std::uint32_t vector_ntime = 1745611105;

BlockTemplate template_of(const ShareVector& vector) {
    BlockTemplate block_template;
    block_template.tip = {.prev_hash = bitcoin::BlockHash{raw(vector.prev_hash)},
                          .nbits = 0x1b00d7c0,
                          .min_ntime = vector_ntime,
                          .network_target = *bitcoin::expand_nbits(0x1b00d7c0)};
    block_template.version = 0x20000000;
    return block_template;
}

JobRecord record_of(const ShareVector& vector) {
    JobRecord record;
    record.extranonce_prefix = extranonce_of_hex(vector.extranonce_prefix);
    record.extranonce_size = static_cast<std::uint8_t>(bytes_of_hex(vector.extranonce).size());
    record.target = *bitcoin::target_for_hash_rate(1000, 1);
    return record;
}

SubmittedShare share_of(const ShareVector& vector) {
    return SubmittedShare{.nonce = vector.nonce,
                          .ntime = vector_ntime,
                          .version = 0x20000000,
                          .extranonce = extranonce_of_hex(vector.extranonce),
                          .received_at = at_second(vector_ntime)};
}

TEST(ShareVectors, C152_C183_AreReproducedFromCoinbaseToVerdict) {
    for (const auto& vector : vectors) {
        SCOPED_TRACE(vector.name);
        const auto block_template = template_of(vector);
        const auto record = record_of(vector);
        const auto share = share_of(vector);
        const JobCoinbase coinbase{
            CoinbaseParts{bytes_of_hex(vector.prefix), bytes_of_hex(vector.suffix)},
            record_of(vector).full_extranonce_size()};

        EXPECT_EQ(coinbase.merkle_root(block_template, record.extranonce_prefix.bytes(),
                                       share.extranonce.bytes()),
                  raw(vector.root));
        const auto solution = make_solution(share, record, block_template, coinbase);
        EXPECT_EQ(base::to_hex(solution.header), vector.header);

        const auto judged = judge(share, record, block_template, coinbase);
        EXPECT_EQ(judged.hash.value.to_be_hex(), vector.hash);
        EXPECT_FALSE(judged.solves_block);
        ASSERT_TRUE(judged.verdict.has_value());
        EXPECT_EQ(*judged.verdict, bitcoin::difficulty_of(record.target));

        const std::vector<ShareToJudge> many(20, {&share, &record, &block_template, &coinbase});
        std::vector<Judged> all(many.size());
        BatchJudge{}.judge(many, all);
        for (const auto& one : all) EXPECT_EQ(one.hash.value.to_be_hex(), vector.hash);
    }
}

TEST(ShareVectors, C150_C153_MakeACoinbaseThatABlockCanCarry) {
    for (const auto& vector : vectors) {
        SCOPED_TRACE(vector.name);
        const JobCoinbase coinbase{
            CoinbaseParts{bytes_of_hex(vector.prefix), bytes_of_hex(vector.suffix)},
            record_of(vector).full_extranonce_size()};
        const auto solution =
            make_solution(share_of(vector), record_of(vector), template_of(vector), coinbase);
        const auto parsed = bitcoin::parse_transaction(solution.coinbase);
        ASSERT_TRUE(parsed.has_value());
        EXPECT_TRUE(parsed->is_coinbase());
        EXPECT_TRUE(parsed->has_witness());
        EXPECT_EQ(bitcoin::txid(*parsed), raw(vector.root));  // an empty path: root = txid
    }
}

}  // namespace
}  // namespace mining
