#include "template/candidate_gate.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

using namespace std::chrono_literals;
using Verdict = CandidateGate::Verdict;

constexpr std::uint64_t subsidy_sat = 312'500'000;
constexpr base::SteadyTime start{1h};

Candidate on_tip(std::uint8_t tip, std::uint64_t value_sat = subsidy_sat,
                 std::uint32_t min_ntime = 1000) {
    Candidate candidate;
    candidate.block_template.tip.prev_hash.value.bytes[0] = tip;
    candidate.block_template.tip.min_ntime = min_ntime;
    candidate.block_template.coinbase_tx_value_remaining = value_sat;
    return candidate;
}

class GateTest : public testing::Test {
  protected:
    Verdict full(Candidate candidate, AskedAt asked, base::SteadyTime now = start) {
        const auto verdict = gate.on_full(candidate, asked, now);
        min_ntime = candidate.block_template.tip.min_ntime;
        return verdict;
    }
    Verdict full(Candidate candidate, base::SteadyTime now = start) {
        return full(std::move(candidate), gate.asked_now(), now);
    }
    Verdict early(Candidate candidate, AskedAt asked) {
        const auto verdict = gate.on_early(candidate, asked);
        min_ntime = candidate.block_template.tip.min_ntime;
        return verdict;
    }

    CandidateGate gate{{.refresh_interval = 30s, .refresh_gain_sat = 1000}};
    std::uint32_t min_ntime = 0;
};

TEST_F(GateTest, GivesTheEarlyOneAndThenTheFullOneOfATip) {
    EXPECT_EQ(full(on_tip(1)), Verdict::give);
    EXPECT_EQ(early(on_tip(2), gate.asked_now()), Verdict::give);
    EXPECT_TRUE(gate.is_tip(on_tip(2).block_template.tip.prev_hash));
    EXPECT_TRUE(gate.is_refresh_due(start)) << "the full one is missing";
    EXPECT_EQ(full(on_tip(2)), Verdict::give);
    EXPECT_FALSE(gate.is_refresh_due(start));
    EXPECT_EQ(full(on_tip(2)), Verdict::hold);
}

TEST_F(GateTest, TheFirstTemplateOfATipSetsItsLowestTime) {
    EXPECT_EQ(full(on_tip(1, subsidy_sat, 1000)), Verdict::give);
    EXPECT_EQ(early(on_tip(2, subsidy_sat, 1600), gate.asked_now()), Verdict::give);
    EXPECT_EQ(min_ntime, 1600U);
    EXPECT_EQ(full(on_tip(2, subsidy_sat, 1602)), Verdict::give);
    EXPECT_EQ(min_ntime, 1600U);
}

TEST_F(GateTest, AFullOneNeedsNoEarlyOneAfterIt) {
    const auto asked = gate.asked_now();
    EXPECT_EQ(full(on_tip(1), asked), Verdict::give);
    EXPECT_EQ(early(on_tip(1), asked), Verdict::hold);
    EXPECT_EQ(early(on_tip(1), gate.asked_now()), Verdict::hold);
}

TEST_F(GateTest, AnAnswerThatWasAskedForBeforeTheTipMovedDoesNotMoveItBack) {
    EXPECT_EQ(full(on_tip(1)), Verdict::give);
    const auto before = gate.asked_now();
    EXPECT_EQ(early(on_tip(2), before), Verdict::give);
    EXPECT_EQ(full(on_tip(1), before), Verdict::outdated);
    EXPECT_EQ(early(on_tip(1), before), Verdict::outdated);
    EXPECT_EQ(full(on_tip(2), before), Verdict::give) << "it agrees with what is known";
}

TEST_F(GateTest, AnAnswerThatWasAskedForAfterwardsMovesItAlsoBack) {
    EXPECT_EQ(full(on_tip(1)), Verdict::give);
    EXPECT_EQ(full(on_tip(2)), Verdict::give);
    EXPECT_EQ(full(on_tip(1, subsidy_sat, 2000)), Verdict::give) << "the block was invalidated";
    EXPECT_EQ(min_ntime, 2000U);
}

TEST_F(GateTest, GivesAnotherOfTheSameTipAtTheIntervalOrForItsGain) {
    EXPECT_EQ(full(on_tip(1, 5000), start), Verdict::give);
    EXPECT_EQ(full(on_tip(1, 5999), start + 1s), Verdict::hold);
    EXPECT_EQ(full(on_tip(1, 6000), start + 2s), Verdict::give);
    EXPECT_FALSE(gate.is_refresh_due(start + 31s));
    EXPECT_EQ(full(on_tip(1, 6001), start + 31s), Verdict::hold);
    EXPECT_TRUE(gate.is_refresh_due(start + 32s));
    EXPECT_EQ(full(on_tip(1, 4000), start + 32s), Verdict::give);
}

TEST_F(GateTest, ARefreshIsDueWhenTheMempoolMayHaveGainedEnough) {
    EXPECT_EQ(full(on_tip(1, 5000), start), Verdict::give);
    EXPECT_FALSE(gate.is_refresh_due(start + 6s)) << "the fees are not known";
    gate.on_mempool_fees(300);
    gate.on_mempool_fees(1299);
    EXPECT_FALSE(gate.is_refresh_due(start + 6s));
    gate.on_mempool_fees(1300);
    EXPECT_FALSE(gate.is_refresh_due(start + 5s)) << "the node would say the same again";
    EXPECT_TRUE(gate.is_refresh_due(start + 6s));
    // It was 600 in truth; 400 are missing from there.
    EXPECT_EQ(full(on_tip(1, 5600), start + 6s), Verdict::hold);
    gate.on_mempool_fees(1699);
    EXPECT_FALSE(gate.is_refresh_due(start + 12s));
    gate.on_mempool_fees(1700);
    EXPECT_TRUE(gate.is_refresh_due(start + 12s));
    gate.on_mempool_fees(0);
    EXPECT_FALSE(gate.is_refresh_due(start + 12s));
}

TEST_F(GateTest, AGainOfZeroLeavesTheIntervalAlone) {
    CandidateGate plain{{.refresh_interval = 30s, .refresh_gain_sat = 0}};
    auto candidate = on_tip(1, 5000);
    EXPECT_EQ(plain.on_full(candidate, plain.asked_now(), start), Verdict::give);
    plain.on_mempool_fees(0);
    plain.on_mempool_fees(1'000'000'000);
    EXPECT_FALSE(plain.is_refresh_due(start + 29s));
    candidate = on_tip(1, 50'000);
    EXPECT_EQ(plain.on_full(candidate, plain.asked_now(), start + 29s), Verdict::hold);
}

TEST_F(GateTest, WhatIsDemandedIsGiven) {
    EXPECT_EQ(full(on_tip(1)), Verdict::give);
    gate.demand_full();
    EXPECT_EQ(full(on_tip(1)), Verdict::give) << "the node was away, and others gave meanwhile";
}

}  // namespace
}  // namespace templates
