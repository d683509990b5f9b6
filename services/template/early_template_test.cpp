#include "template/early_template.h"

#include <gtest/gtest.h>

#include "bitcoin/subsidy.h"
#include "template/devchain.h"
#include "template/solve_test.h"

namespace templates {
namespace {

using bitcoin::Network;
using namespace std::chrono_literals;

constexpr std::uint32_t real_nbits = 0x1703255b;
constexpr std::chrono::sys_seconds now{1'700'000'000s};

BlockInfo tip_at(std::uint32_t height, std::uint32_t nbits = real_nbits) {
    return {.hash = {},
            .confirmations = 1,
            .height = height,
            .time = 1'699'999'900,
            .median_time = 1'699'998'000,
            .nbits = nbits};
}

EarlyBasis basis_at(std::uint32_t height) {
    return {.version = 0x20000000, .height = height, .segwit = true};
}

TEST(CertainNbits, AreThoseOfTheTipButWhereTheyMayChange) {
    const struct {
        const char* what;
        Network network;
        std::uint32_t height;
        std::uint32_t nbits;
        std::chrono::seconds age;  // of the tip
        bool is_certain;
    } cases[] = {
        {"main", Network::mainnet, 840'000, real_nbits, 100s, true},
        {"main, the last before a retarget", Network::mainnet, 2016 * 400 - 2, real_nbits, 100s,
         true},
        {"main, a retarget", Network::mainnet, 2016 * 400 - 1, real_nbits, 100s, false},
        {"main, the first after it", Network::mainnet, 2016 * 400, real_nbits, 100s, true},
        {"main, an old tip", Network::mainnet, 840'000, real_nbits, 2h, true},
        {"signet", Network::signet, 100'000, 0x1d1c4d6f, 2h, true},
        {"signet, a retarget", Network::signet, 2015, 0x1d1c4d6f, 100s, false},
        {"test", Network::testnet, 840'000, real_nbits, 100s, true},
        {"test, after an easy block", Network::testnet, 840'000, 0x1d00ffff, 100s, false},
        {"test, while it lives an easy one may come", Network::testnet, 840'000, real_nbits,
         20min - early_life, false},
        {"test, just before", Network::testnet, 840'000, real_nbits, 20min - early_life - 1s, true},
        {"testnet4, a retarget", Network::testnet4, 2016 * 9 - 1, real_nbits, 100s, false},
        {"testnet4, after an easy block", Network::testnet4, 2016 * 9, 0x1d00ffff, 100s, false},
        {"testnet4", Network::testnet4, 2016 * 9, real_nbits, 100s, true},
        {"regtest, a retarget that is none", Network::regtest, 2015, 0x207fffff, 2h, true},
        {"regtest of other rules", Network::regtest, 2014, 0x1f7fffff, 100s, false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        auto tip = tip_at(c.height, c.nbits);
        tip.time = static_cast<std::uint32_t>((now - c.age).time_since_epoch().count());
        EXPECT_EQ(certain_nbits(tip, c.network, now),
                  c.is_certain ? std::optional{c.nbits} : std::nullopt);
    }
}

TEST(EarlyCandidate, IsABlockWithoutTransactionsThatTheChainAccepts) {
    constexpr base::UnixMicros start{1'700'000'000s};
    Devchain chain{{.start_nbits = 0x207fffff}, start};
    const auto full = chain.candidate().block_template;
    const BlockInfo tip{.hash = full.tip.prev_hash,
                        .confirmations = 1,
                        .height = full.tip.height - 1,
                        .time = full.tip.min_ntime - 1,
                        .median_time = full.tip.min_ntime - 1,
                        .nbits = full.tip.nbits};
    const auto early =
        early_candidate(tip, {.version = full.version, .height = full.tip.height, .segwit = true},
                        Network::regtest, now);
    ASSERT_TRUE(early.has_value()) << early.error();
    EXPECT_TRUE(early->is_early);
    EXPECT_TRUE(early->transactions->empty());
    EXPECT_EQ(early->block_template.tip.prev_hash, full.tip.prev_hash);
    EXPECT_EQ(early->block_template.tip.network_target, full.tip.network_target);
    EXPECT_EQ(early->block_template.coinbase_prefix, full.coinbase_prefix);
    EXPECT_EQ(early->block_template.coinbase_tx_value_remaining,
              bitcoin::block_subsidy(full.tip.height, Network::regtest));
    auto block = block_of(*early);
    solve(block);
    EXPECT_EQ(chain.submit_block(bitcoin::serialise(block), start + 1h), std::nullopt);
}

TEST(EarlyCandidate, HasTheNodesTimeOrTheEarliestThatIsAllowed) {
    auto tip = tip_at(840'000);
    EXPECT_EQ(early_candidate(tip, basis_at(840'000), Network::mainnet, now)
                  ->block_template.tip.min_ntime,
              1'700'000'000U);
    tip.median_time = 1'700'000'000;
    EXPECT_EQ(early_candidate(tip, basis_at(840'000), Network::mainnet, now)
                  ->block_template.tip.min_ntime,
              1'700'000'001U);
}

TEST(EarlyCandidate, PaysTheSubsidyOfItsHeight) {
    const auto value = [](std::uint32_t tip) {
        return early_candidate(tip_at(tip), basis_at(tip), Network::mainnet, now)
            ->block_template.coinbase_tx_value_remaining;
    };
    EXPECT_EQ(value(839'998), 625'000'000U);
    EXPECT_EQ(value(839'999), 312'500'000U) << "the halving";
}

TEST(EarlyCandidate, IsNoneWhereTheNodeMustBeAsked) {
    const auto why = [](BlockInfo tip, std::uint32_t basis) {
        const auto early = early_candidate(tip, basis_at(basis), Network::mainnet, now);
        return early ? std::string_view{} : early.error();
    };
    EXPECT_EQ(why(tip_at(840'000), 840'000), "");
    auto tip = tip_at(840'000);
    tip.confirmations = 2;
    EXPECT_EQ(why(tip, 840'000), "the block is not the node's tip");
    tip.confirmations = -1;
    EXPECT_EQ(why(tip, 840'000), "the block is not the node's tip");
    EXPECT_EQ(why(tip_at(2016 * 400 - 1), 2016 * 400 - 1),
              "the next block's nbits are not certain");
    EXPECT_EQ(why(tip_at(2016 * 400), 2016 * 400 - 1), "the next block's version is not certain");
    EXPECT_EQ(why(tip_at(840'000, 0), 840'000), "the next block's nbits stand for no target");
}

TEST(EarlyCandidate, HasNoCommitmentBeforeSegwit) {
    const auto early = early_candidate(
        tip_at(400'000), {.version = 4, .height = 400'000, .segwit = false}, Network::mainnet, now);
    ASSERT_TRUE(early.has_value());
    EXPECT_FALSE(early->block_template.segwit);
    EXPECT_EQ(early->block_template.coinbase_tx_outputs_count, 0U);
    EXPECT_TRUE(early->block_template.coinbase_tx_outputs.empty());
}

}  // namespace
}  // namespace templates
