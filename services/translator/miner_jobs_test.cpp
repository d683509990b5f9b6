#include "translator/miner_jobs.h"

#include <gtest/gtest.h>

#include <limits>

#include "translator/miner_testing.h"

namespace translator {
namespace {

MinerJob a_job(bool may_roll_version = true) {
    const auto parts = testing::some_parts();
    parts->may_roll_version = may_roll_version;
    return {.shared = std::make_shared<SharedJob>(SharedJob{.parts = parts})};
}

TEST(MinerJobs, CountUpAndForgetTheOldest) {
    MinerJobs jobs{7};
    for (std::uint32_t i = 0; i < MinerJobs::kept_max; ++i) EXPECT_EQ(jobs.add(a_job()).id, 7 + i);
    EXPECT_NE(jobs.find(7), nullptr);
    jobs.add(a_job());
    EXPECT_EQ(jobs.find(7), nullptr);
    EXPECT_NE(jobs.find(8), nullptr);
    EXPECT_EQ(jobs.size(), MinerJobs::kept_max);
}

TEST(MinerJobs, KnowALateJobFromOneThatNeverWas) {
    MinerJobs jobs{7};
    const auto id = jobs.add(a_job()).id;
    EXPECT_FALSE(jobs.has_ended(id));
    jobs.clear();
    EXPECT_TRUE(jobs.has_ended(id));
    EXPECT_FALSE(jobs.has_ended(id - 1));
    EXPECT_FALSE(jobs.has_ended(id + 1));
    EXPECT_FALSE(jobs.has_ended(std::numeric_limits<std::uint32_t>::max()));
    EXPECT_EQ(jobs.add(a_job()).id, id + 1) << "ids go on";
}

TEST(MinerJobs, AMaskIsInForceAtOnceWhereTheVersionIsNotFixed) {
    MinerJobs jobs{1};
    const auto rolled = jobs.add(a_job()).id;
    const auto fixed = jobs.add(a_job(false)).id;
    EXPECT_EQ(jobs.find(rolled)->mask, std::nullopt);
    jobs.grant(0x1fffe000);
    EXPECT_EQ(jobs.find(rolled)->mask, 0x1fffe000U);
    EXPECT_EQ(jobs.find(fixed)->mask, 0U);
    jobs.grant(std::nullopt);
    EXPECT_EQ(jobs.find(fixed)->mask, std::nullopt);
}

bitcoin::BlockHash hash_number(std::uint64_t number) {
    bitcoin::BlockHash hash;
    base::store_le(number, reinterpret_cast<std::byte*>(hash.value.bytes.data()));
    return hash;
}

TEST(SeenShares, KnowWhatTheyHaveSeenAndForgetTheOldest) {
    SeenShares seen;
    for (std::uint64_t i = 0; i < SeenShares::kept_max; ++i)
        EXPECT_TRUE(seen.insert(hash_number(i)));
    EXPECT_FALSE(seen.insert(hash_number(0)));
    EXPECT_FALSE(seen.insert(hash_number(SeenShares::kept_max - 1)));
    EXPECT_TRUE(seen.insert(hash_number(SeenShares::kept_max)));
    EXPECT_TRUE(seen.insert(hash_number(0))) << "forgotten";
    EXPECT_FALSE(seen.insert(hash_number(2)));
    EXPECT_LE(seen.memory(), SeenShares::kept_max * 8);
    seen.clear();
    EXPECT_TRUE(seen.insert(hash_number(2)));
}

}  // namespace
}  // namespace translator
