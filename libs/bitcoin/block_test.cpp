#include "bitcoin/block.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/merkle.h"
#include "bitcoin/vectors_testing.h"

namespace bitcoin {
namespace {

/// The first block of the main chain.
Block genesis() {
    const auto coinbase = *base::from_hex(read_vectors("transactions.txt").at(0).at(3));
    return Block{
        .header = Header{.version = 1,
                         .merkle_root = *Uint256::from_be_hex("4a5e1e4baab89f3a32518a88c31bc87f618f"
                                                              "76673e2cc77ab2127b7afdeda33b"),
                         .ntime = 1231006505,
                         .nbits = 0x1d00ffff,
                         .nonce = 2083236893},
        .transactions = {*parse_transaction(coinbase)},
    };
}

/// A block with witnesses: a coinbase that commits to the transactions of BIP 143.
Block segwit_block() {
    Block block = genesis();
    block.transactions.clear();
    std::vector<Uint256> wtxids;
    for (const auto& line : read_vectors("transactions.txt")) {
        block.transactions.push_back(*parse_transaction(*base::from_hex(line.at(3))));
        if (block.transactions.size() > 1) wtxids.push_back(wtxid(block.transactions.back()));
    }
    auto& coinbase = block.transactions[0];
    coinbase.inputs[0].witness = {base::Bytes(32)};
    coinbase.outputs.push_back({0, witness_commitment_script(witness_root(wtxids))});
    std::vector<Uint256> txids;
    for (const auto& transaction : block.transactions) txids.push_back(txid(transaction));
    block.header.merkle_root = merkle_root(txids);
    return block;
}

TEST(Block, IsTheGenesisBlockByteForByte) {
    const auto bytes = serialise(genesis());
    EXPECT_EQ(bytes.size(), 285U);
    EXPECT_EQ(header_hash(genesis().header).value.to_be_hex(),
              "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
    EXPECT_EQ(*parse_block(bytes), genesis());
    EXPECT_TRUE(merkle_root_matches(genesis()));
    EXPECT_TRUE(witness_commitment_matches(genesis()));  // none, and none needed
}

TEST(Block, ParsesWhatItSerialisesAndRefusesEveryBeginning) {
    const auto bytes = serialise(segwit_block());
    EXPECT_EQ(*parse_block(bytes), segwit_block());
    for (std::size_t size = 0; size < bytes.size(); size += 7)
        EXPECT_EQ(parse_block(base::ByteView{bytes}.first(size)).error(), ParseError::truncated);
    auto longer = bytes;
    longer.push_back(std::byte{0});
    EXPECT_EQ(parse_block(longer).error(), ParseError::trailing);
}

TEST(Block, IsAssembledFromItsParts) {
    const auto block = segwit_block();
    std::vector<base::Bytes> others;
    for (std::size_t i = 1; i < block.transactions.size(); ++i)
        others.push_back(serialise(block.transactions[i]));
    EXPECT_EQ(assemble_block(encode_header(block.header), serialise(block.transactions[0]), others),
              serialise(block));
}

TEST(Block, HasAMerkleRootOverEveryTransaction) {
    auto block = segwit_block();
    EXPECT_TRUE(merkle_root_matches(block));
    block.transactions.back().locktime ^= 1U;
    EXPECT_FALSE(merkle_root_matches(block));
    EXPECT_FALSE(merkle_root_matches(Block{}));
}

TEST(WitnessCommitment, IsBrokenByAnyOtherWitness) {
    EXPECT_TRUE(witness_commitment_matches(segwit_block()));

    auto changed = segwit_block();
    changed.transactions[1].inputs[1].witness[0][0] ^= std::byte{1};
    EXPECT_TRUE(merkle_root_matches(changed));
    EXPECT_FALSE(witness_commitment_matches(changed));

    auto without_reserved = segwit_block();
    without_reserved.transactions[0].inputs[0].witness.clear();
    EXPECT_FALSE(witness_commitment_matches(without_reserved));

    auto without_commitment = segwit_block();
    without_commitment.transactions[0].outputs.pop_back();
    EXPECT_FALSE(witness_commitment_matches(without_commitment));

    auto with_a_later_one = segwit_block();
    auto later = with_a_later_one.transactions[0].outputs.back();
    later.script[10] ^= std::byte{1};
    with_a_later_one.transactions[0].outputs.push_back(later);
    EXPECT_FALSE(witness_commitment_matches(with_a_later_one));
    EXPECT_FALSE(witness_commitment_matches(Block{}));
}

}  // namespace
}  // namespace bitcoin
