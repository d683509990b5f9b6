#include "bitcoin/merkle.h"

#include <gtest/gtest.h>

#include "bitcoin/sha256.h"

namespace bitcoin {
namespace {

std::vector<Uint256> leaves_of(std::size_t count) {
    std::vector<Uint256> leaves;
    for (std::size_t i = 0; i < count; ++i)
        leaves.push_back(sha256(base::as_bytes(std::to_string(i))));
    return leaves;
}

TEST(Merkle, GivesTheRootOfARealBlock) {  // block 100,000 of the main chain
    std::vector<Uint256> txids;
    for (const auto* text : {"8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87",
                             "fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4",
                             "6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4",
                             "e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d"})
        txids.push_back(*Uint256::from_be_hex(text));
    const auto root =
        *Uint256::from_be_hex("f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766");
    EXPECT_EQ(merkle_root(txids), root);
    EXPECT_EQ(fold_merkle_path(txids[0], coinbase_merkle_path(std::span{txids}.subspan(1))), root);
}

TEST(Merkle, FoldsThePathOfTheCoinbaseToTheRootOfAnyBlock) {
    for (std::size_t count = 1; count < 40; ++count) {
        SCOPED_TRACE(count);
        const auto leaves = leaves_of(count);
        const auto path = coinbase_merkle_path(std::span{leaves}.subspan(1));
        EXPECT_EQ(fold_merkle_path(leaves[0], path), merkle_root(leaves));
    }
}

TEST(Merkle, OfTheCoinbaseAloneIsItsOwnId) {
    const auto leaves = leaves_of(1);
    EXPECT_TRUE(coinbase_merkle_path({}).empty());
    EXPECT_EQ(fold_merkle_path(leaves[0], {}), leaves[0]);
    EXPECT_EQ(merkle_root(leaves), leaves[0]);
    EXPECT_EQ(merkle_root({}), Uint256{});
}

TEST(Merkle, FoldsInOrderWithoutReversal) {
    const auto leaves = leaves_of(3);
    const auto expected = sha256d_pair(sha256d_pair(leaves[0], leaves[1]), leaves[2]);
    EXPECT_EQ(fold_merkle_path(leaves[0], std::span{leaves}.subspan(1)), expected);
}

TEST(Merkle, FoldsManyPathsAsItFoldsEach) {
    const auto leaves = leaves_of(40);
    for (std::size_t count = 0; count < 9; ++count) {
        SCOPED_TRACE(count);
        std::vector<Uint256> nodes(leaves.begin(), leaves.begin() + static_cast<int>(count));
        std::vector<std::span<const Uint256>> paths;
        std::vector<Uint256> expected;
        for (std::size_t i = 0; i < count; ++i) {
            paths.push_back(std::span{leaves}.subspan(i, i < 4 ? 7 : i));
            expected.push_back(fold_merkle_path(leaves[i], paths[i]));
        }
        fold_merkle_paths(nodes, paths);
        EXPECT_EQ(nodes, expected);
    }
}

}  // namespace
}  // namespace bitcoin
