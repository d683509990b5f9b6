#include "template/devchain.h"

#include <gtest/gtest.h>

#include <functional>

#include "bitcoin/arith256.h"
#include "template/solve_test.h"

namespace templates {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::UnixMicros start{seconds{1'700'000'000}};
constexpr std::uint32_t easiest = 0x207fffff;

Devchain easy_chain() {
    return Devchain{{.start_nbits = easiest}, start};
}

std::optional<std::string> submit(Devchain& chain, bitcoin::Block block) {
    solve(block);
    return chain.submit_block(bitcoin::serialise(block), start + seconds{1});
}

double expected_hashes(const Candidate& candidate) {
    return bitcoin::expected_hashes(candidate.block_template.tip.network_target);
}

TEST(Devchain, BeginsWithRegtestsGenesis) {
    const auto candidate = easy_chain().candidate();
    EXPECT_EQ(candidate.block_template.tip.prev_hash.value.to_be_hex(),
              "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206");
    EXPECT_EQ(candidate.block_template.tip.height, 1U);
    EXPECT_EQ(candidate.block_template.tip.min_ntime, 1'700'000'000U);
}

TEST(Devchain, AcceptsABlockWithWitnessesAndBuildsOnIt) {
    auto chain = easy_chain();
    for (std::uint32_t height = 1; height <= 20; ++height) {
        SCOPED_TRACE(height);
        auto block = block_of(chain.candidate());
        ASSERT_GE(block.transactions.size(), 4U);
        ASSERT_TRUE(block.transactions.back().has_witness());
        block.header.ntime += height;
        solve(block);
        ASSERT_EQ(chain.submit_block(bitcoin::serialise(block), start + seconds{height}),
                  std::nullopt);
        EXPECT_EQ(chain.height(), height);
        EXPECT_EQ(chain.tip(), bitcoin::header_hash(block.header));
        if (height % 2 == 0) chain.add_transaction();
        EXPECT_EQ(chain.candidate().transactions->size(), height % 2 == 0 ? 4U : 3U);
    }
}

TEST(Devchain, PaysFeesOnTopOfASubsidyThatHalves) {
    auto chain = Devchain{{.start_nbits = easiest, .transactions = 0}, start};
    EXPECT_EQ(chain.candidate().block_template.coinbase_tx_value_remaining, 5'000'000'000U);
    chain.add_transaction();
    EXPECT_EQ(chain.candidate().block_template.coinbase_tx_value_remaining, 5'000'001'000U);
    for (int i = 1; i < 150; ++i) chain.extend_by_others(start + seconds{i});
    EXPECT_EQ(chain.candidate().block_template.coinbase_tx_value_remaining, 2'500'000'000U);
}

TEST(Devchain, RefusesWhatANodeRefusesAndSaysWhyInItsWords) {
    using Block = bitcoin::Block;
    const auto with_merkle = [](auto change) {
        return [change](Block& block) {
            change(block);
            commit_to_transactions(block);
        };
    };
    const struct {
        const char* reason;
        std::function<void(Block&)> spoil;
    } cases[] = {
        {"bad-txnmrklroot", [](Block& b) { b.header.merkle_root.bytes[0] ^= 1; }},
        {"bad-txnmrklroot", [](Block& b) { b.transactions.pop_back(); }},
        {"bad-txns-duplicate",
         with_merkle([](Block& b) { b.transactions.push_back(b.transactions.back()); })},
        {"bad-blk-length", [](Block& b) { b.transactions.clear(); }},
        {"bad-blk-length",
         with_merkle([](Block& b) { b.transactions[1].outputs[0].script.resize(1'000'000); })},
        {"bad-cb-missing",
         with_merkle([](Block& b) { b.transactions.erase(b.transactions.begin()); })},
        {"bad-cb-multiple", with_merkle([](Block& b) {
             b.transactions.push_back(b.transactions.front());
             b.transactions.back().locktime = 1;
         })},
        {"bad-cb-length",
         with_merkle([](Block& b) { b.transactions[0].inputs[0].script.resize(101); })},
        {"bad-cb-length",
         with_merkle([](Block& b) { b.transactions[0].inputs[0].script.resize(1); })},
        {"prev-blk-not-found", [](Block& b) { b.header.prev_hash.value.bytes[0] ^= 1; }},
        {"bad-diffbits", [](Block& b) { b.header.nbits = 0x207ffffe; }},
        {"high-hash", [](Block& b) { b.header.nbits = 0x217fffff; }},
        {"time-too-old", [](Block& b) { b.header.ntime = 1'296'688'602; }},
        {"time-too-new", [](Block& b) { b.header.ntime = 1'700'000'000 + 1 + 7200 + 1; }},
        {"bad-version", [](Block& b) { b.header.version = 3; }},
        {"bad-version", [](Block& b) { b.header.version = 0x80000000; }},
        {"bad-cb-height",
         with_merkle([](Block& b) { b.transactions[0].inputs[0].script[0] = std::byte{0x52}; })},
        {"bad-witness-nonce-size",
         with_merkle([](Block& b) { b.transactions[0].inputs[0].witness.clear(); })},
        {"bad-witness-merkle-match",
         with_merkle([](Block& b) { b.transactions[0].inputs[0].witness[0][0] = std::byte{1}; })},
        {"bad-witness-merkle-match",
         with_merkle([](Block& b) { b.transactions[2].inputs[0].witness[0][0] ^= std::byte{1}; })},
        {"unexpected-witness", with_merkle([](Block& b) { b.transactions[0].outputs.pop_back(); })},
        {"bad-cb-amount", with_merkle([](Block& b) { ++b.transactions[0].outputs[0].value_sat; })},
        {"bad-cb-amount",
         with_merkle([](Block& b) { b.transactions[0].outputs[0].value_sat = ~0ULL; })},
    };
    for (const auto& [reason, spoil] : cases) {
        SCOPED_TRACE(reason);
        auto chain = easy_chain();
        auto block = block_of(chain.candidate());
        spoil(block);
        EXPECT_EQ(submit(chain, block), reason);
        EXPECT_EQ(chain.height(), 0U);
    }
}

TEST(Devchain, RefusesTransactionsThatItDoesNotKnow) {
    auto other = Devchain{{.start_nbits = easiest, .transactions = 4}, start};
    auto chain = easy_chain();
    EXPECT_EQ(submit(chain, block_of(other.candidate())), "bad-txns-inputs-missingorspent");
}

TEST(Devchain, RefusesAHashAboveTheTarget) {
    auto chain = easy_chain();
    auto block = block_of(chain.candidate());
    solve(block, true);
    EXPECT_EQ(chain.submit_block(bitcoin::serialise(block), start), "high-hash");
}

TEST(Devchain, RefusesWhatIsNoBlock) {
    auto chain = easy_chain();
    auto block = block_of(chain.candidate());
    solve(block);
    auto bytes = bitcoin::serialise(block);
    bytes.pop_back();
    EXPECT_EQ(chain.submit_block(bytes, start), "rejected: block does not decode");
    EXPECT_EQ(chain.submit_block({}, start), "rejected: block does not decode");
}

TEST(Devchain, AllowsTheEdgesOfTime) {
    for (const std::uint32_t ntime : {1'296'688'603U, 1'700'000'000U + 1 + 7200}) {
        SCOPED_TRACE(ntime);
        auto chain = easy_chain();
        auto block = block_of(chain.candidate());
        block.header.ntime = ntime;
        EXPECT_EQ(submit(chain, block), std::nullopt);
    }
}

TEST(Devchain, AllowsACoinbaseThatLeavesMoney) {
    auto chain = easy_chain();
    EXPECT_EQ(submit(chain, block_of(chain.candidate(), 1)), std::nullopt);
}

TEST(Devchain, KnowsABlockThatComesTwice) {
    auto chain = easy_chain();
    const auto block = block_of(chain.candidate());
    EXPECT_EQ(submit(chain, block), std::nullopt);
    EXPECT_EQ(submit(chain, block), "duplicate");
    EXPECT_EQ(chain.height(), 1U);
}

TEST(Devchain, CallsALaterBlockOnAnOldTipInconclusive) {
    auto chain = easy_chain();
    const auto block = block_of(chain.candidate());
    chain.extend_by_others(start + seconds{1});
    EXPECT_EQ(submit(chain, block), "inconclusive");
    EXPECT_EQ(submit(chain, block), "duplicate");
    EXPECT_EQ(chain.height(), 1U);
}

TEST(Devchain, TakesBlocksBackAndGrowsAnotherBranch) {
    auto chain = easy_chain();
    chain.extend_by_others(start + seconds{1});
    const auto before = chain.candidate();
    const auto fork = chain.tip();
    const auto ours = block_of(before);
    ASSERT_EQ(submit(chain, ours), std::nullopt);
    const auto lost = chain.tip();
    const auto child = block_of(chain.candidate());
    chain.extend_by_others(start + seconds{3});
    const auto taken_too = chain.tip();

    ASSERT_TRUE(chain.take_back(lost));
    EXPECT_EQ(chain.tip(), fork);
    EXPECT_EQ(chain.height(), 1U);
    EXPECT_EQ(chain.candidate().block_template.tip, before.block_template.tip);
    EXPECT_EQ(chain.find(lost).kind, BlockStanding::Kind::not_in_chain);
    EXPECT_EQ(chain.find(taken_too).kind, BlockStanding::Kind::not_in_chain);

    // In the same second, and not the block that was taken back.
    chain.extend_by_others(start + seconds{3});
    EXPECT_NE(chain.tip(), taken_too);
    EXPECT_EQ(chain.height(), 2U);
    EXPECT_EQ(submit(chain, ours), "duplicate");
    EXPECT_EQ(submit(chain, child), "inconclusive") << "on the branch that has lost";
    EXPECT_EQ(submit(chain, block_of(chain.candidate())), std::nullopt);
}

TEST(Devchain, TakesBackNoneButItsLastHundredBlocks) {
    auto chain = easy_chain();
    const auto genesis = chain.tip();
    EXPECT_FALSE(chain.take_back(genesis));
    chain.extend_by_others(start);
    const auto first = chain.tip();
    for (int i = 0; i < 99; ++i) chain.extend_by_others(start);
    EXPECT_FALSE(chain.take_back(genesis));
    EXPECT_FALSE(chain.take_back({}));
    EXPECT_EQ(chain.height(), 100U);
    EXPECT_TRUE(chain.take_back(first));
    EXPECT_EQ(chain.tip(), genesis);
    EXPECT_FALSE(chain.take_back(first)) << "it is in the chain no more";
}

TEST(Devchain, KeepsMinNtimeAndNbitsForAsLongAsTheTip) {
    auto chain = easy_chain();
    const auto before = chain.candidate().block_template.tip;
    chain.add_transaction();
    EXPECT_EQ(chain.candidate().block_template.tip, before);
    chain.extend_by_others(start + seconds{9});
    // Of genesis and the new block the median is the new block, and time must be later.
    EXPECT_EQ(chain.candidate().block_template.tip.min_ntime, 1'700'000'010U);
}

TEST(Devchain, MovesTheDifficultyTowardsTheInterval) {
    Devchain chain{{.block_interval = milliseconds{1000}, .start_nbits = 0x1e00ffff}, start};
    const double at_start = expected_hashes(chain.candidate());
    EXPECT_NEAR(at_start, 16.8e6, 0.1e6);
    chain.extend_by_others(start);
    EXPECT_NEAR(expected_hashes(chain.candidate()) / at_start, 4.0 / 3, 0.01) << "came at once";
    const double after_one = expected_hashes(chain.candidate());
    chain.extend_by_others(start + milliseconds{1000});
    EXPECT_NEAR(expected_hashes(chain.candidate()) / after_one, 1, 0.01) << "came in time";
    chain.extend_by_others(start + seconds{3600});
    EXPECT_NEAR(expected_hashes(chain.candidate()) / after_one, 1.0 / 4, 0.01) << "came very late";
}

TEST(Devchain, IsAsHardAsAtFirstWhereItDoesNotRetarget) {
    Devchain chain{{.start_nbits = 0x1e00ffff, .retargets = false}, start};
    EXPECT_EQ(chain.tip_nbits(), easiest) << "the genesis block's";
    for (int block = 0; block < 5; ++block) {
        chain.extend_by_others(start);
        EXPECT_EQ(chain.candidate().block_template.tip.nbits, 0x1e00ffffU);
        EXPECT_EQ(chain.tip_nbits(), 0x1e00ffffU);
    }
}

TEST(Devchain, TakesTheTipsNbitsBackWithTheTip) {
    Devchain chain{{.start_nbits = 0x1e00ffff}, start};
    chain.extend_by_others(start);
    const auto first = chain.tip_nbits();
    const auto next = chain.candidate().block_template.tip.nbits;
    chain.extend_by_others(start);
    EXPECT_EQ(chain.tip_nbits(), next);
    EXPECT_NE(next, first);
    ASSERT_TRUE(chain.take_back(chain.tip()));
    EXPECT_EQ(chain.tip_nbits(), first);
}

TEST(Devchain, IsNeverEasierThanRegtest) {
    Devchain chain{{.start_nbits = 0x203fffff}, start};
    for (int i = 1; i < 5; ++i) chain.extend_by_others(start + seconds{1000 * i});
    EXPECT_EQ(chain.candidate().block_template.tip.nbits, easiest);
}

}  // namespace
}  // namespace templates
