#include "template/tdp_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitcoin/block.h"
#include "template/solve_test.h"
#include "template/tdp_testing.h"

namespace templates {
namespace {

using testing::HasSubstr;

class TdpSolution : public testing::Test {
  protected:
    bitcoin::Block block = block_of(easy_chain().candidate());
    GivenTemplate given{
        .id = {42}, .prev_hash = block.header.prev_hash, .version = block.header.version};
};

TEST_F(TdpSolution, C206_KeepsTheWitnessOfTheCoinbase) {
    const auto bytes = bitcoin::serialise(block);
    const auto solution = solution_of(given, bytes);
    ASSERT_TRUE(solution);
    EXPECT_EQ(solution->template_id.value, 42U);
    EXPECT_EQ(solution->version, block.header.version);
    EXPECT_EQ(solution->header_timestamp, block.header.ntime);
    EXPECT_EQ(solution->header_nonce, block.header.nonce);
    EXPECT_EQ(base::to_bytes(solution->coinbase_tx),
              bitcoin::serialise(block.transactions.front()));
    EXPECT_TRUE(bitcoin::parse_transaction(solution->coinbase_tx)->has_witness());
}

TEST_F(TdpSolution, C207_ChangesOnlyTheVersionBitsThatMayRoll) {
    block.header.version ^= 0x1fffffe0;
    EXPECT_TRUE(solution_of(given, bitcoin::serialise(block)));
    for (const std::uint32_t bit : {0x1U, 0x10U, 0x20000000U, 0x80000000U}) {
        auto other = block;
        other.header.version ^= bit;
        const auto solution = solution_of(given, bitcoin::serialise(other));
        ASSERT_FALSE(solution) << bit;
        EXPECT_THAT(std::string{solution.error()}, HasSubstr("version"));
    }
}

TEST_F(TdpSolution, IsNotMadeOfWhatIsNoBlock) {
    const auto bytes = bitcoin::serialise(block);
    for (const std::size_t size : {0U, 79U, 80U, 81U, 100U})
        EXPECT_FALSE(solution_of(given, base::ByteView{bytes}.first(size))) << size;
    block.transactions.front().outputs.push_back({.value_sat = 0, .script = base::Bytes(70'000)});
    const auto huge = solution_of(given, bitcoin::serialise(block));
    ASSERT_FALSE(huge);
    EXPECT_THAT(std::string{huge.error()}, HasSubstr("larger than SubmitSolution can carry"));
}

}  // namespace
}  // namespace templates
