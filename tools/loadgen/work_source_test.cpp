#include "loadgen/work_source.h"

#include <gtest/gtest.h>

#include <set>

#include "sv1/difficulty.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

class WorkSourceTest : public testing::Test {
  protected:
    static miner::Work work(std::uint32_t job, std::uint64_t tip) {
        miner::Work work{.tip = tip, .job_id = sv2::JobId{job}, .min_ntime = 1'700'000'000};
        work.prev_hash.value.bytes[0] = static_cast<std::uint8_t>(tip);
        // One in about 43 hashes.
        work.target = sv1::target_of(1e-8);
        return work;
    }
    std::optional<miner::FoundShare> find() {
        auto intent = Intent::honest;
        return source.find(intent, budget, now, false);
    }

    WorkSource source{};
    base::SteadyTime now{1h};
    HashBudget budget{1e9, now};
};

TEST_F(WorkSourceTest, WhatWasFoundAheadCostsNoHashesLater) {
    source.set(work(1, 1));
    ASSERT_TRUE(source.stock_up(10, budget, now));
    const auto spent = budget.spent();
    EXPECT_GT(spent, 100U);
    std::set<std::uint32_t> nonces;
    for (int i = 0; i < 10; ++i) {
        const auto share = find();
        ASSERT_TRUE(share);
        EXPECT_TRUE(work(1, 1).target.is_met_by(share->hash));
        nonces.insert(share->header.nonce);
    }
    EXPECT_EQ(nonces.size(), 10U);
    EXPECT_EQ(budget.spent(), spent);
    EXPECT_TRUE(find());
    EXPECT_GT(budget.spent(), spent) << "then it hashes again";
}

TEST_F(WorkSourceTest, WhatWasFoundAheadIsOfNoUseForANewBlock) {
    source.set(work(1, 1));
    ASSERT_TRUE(source.stock_up(3, budget, now));
    source.set(work(2, 1));
    EXPECT_EQ(find()->job_id, sv2::JobId{1}) << "of the same block, an older job";
    source.set(work(3, 2));
    EXPECT_EQ(find()->job_id, sv2::JobId{3});
}

TEST_F(WorkSourceTest, GoesOnWhereItsBudgetEnded) {
    HashBudget little{100, now};
    source.set(work(1, 1));
    EXPECT_FALSE(source.stock_up(50, little, now));
    for (int i = 0; i < 100 && !source.stock_up(50, little, now); ++i) now += 1s;
    EXPECT_TRUE(source.stock_up(50, little, now));
}

TEST_F(WorkSourceTest, KeepsAJobUntilItsBlockIsOverWhereToldSo) {
    source.keep_jobs();
    source.set(work(1, 1));
    source.set(work(2, 1));
    EXPECT_EQ(source.work()->job_id, sv2::JobId{1});
    source.set(work(3, 2));
    EXPECT_EQ(source.work()->job_id, sv2::JobId{3});
}

TEST_F(WorkSourceTest, FindsNoBlocksWhereToldSo) {
    source.avoid_blocks();
    auto regtest = work(1, 1);
    regtest.nbits = 0x207fffff;
    const auto network = bitcoin::expand_nbits(regtest.nbits).value();
    for (const auto& target : {bitcoin::target_max(), sv1::target_of(2.4e-10)}) {
        regtest.target = target;
        source.set(regtest);
        for (int i = 0; i < 100; ++i) {
            const auto share = find();
            ASSERT_TRUE(share);
            EXPECT_FALSE(network.is_met_by(share->hash));
            EXPECT_EQ(share->hash, bitcoin::header_hash(share->header));
        }
    }
    regtest.target = sv1::target_of(1e-8);
    source.set(regtest);
    EXPECT_FALSE(find()) << "each share is a block";
}

TEST_F(WorkSourceTest, NothingNeedBeFoundAheadWhereEveryHashIsAShare) {
    auto easy = work(1, 1);
    easy.target = bitcoin::target_max();
    source.set(easy);
    EXPECT_TRUE(source.stock_up(1000, budget, now));
    EXPECT_EQ(budget.spent(), 0U);
}

}  // namespace
}  // namespace loadgen
