#include "miner/sv1_jobs.h"

#include <gtest/gtest.h>

#include "miner/testing.h"
#include "sv1/difficulty.h"

namespace miner {
namespace {

using namespace std::chrono_literals;
using testing::bytes_of;

constexpr base::SteadyTime start{1h};

class Sv1JobsTest : public ::testing::Test {
  protected:
    static sv1::Notify notify(std::string_view id, unsigned char block = 1, bool is_clean = false) {
        sv1::Notify call{.job_id = id,
                         .version = 0x20000000,
                         .nbits = 0x1b00d7c0,
                         .ntime = 5000,
                         .clean_jobs = is_clean};
        call.prev_hash.bytes.fill(block);
        return call;
    }
    Work work_of(const sv1::Notify& call, base::SteadyTime now = start) {
        odd_ = jobs_.on_notify(call, now);
        return *jobs_.work();
    }
    static FoundShare share_of(const Work& work) {
        return {.connection = work.connection, .tip = work.tip, .job_id = work.job_id};
    }

    std::uint32_t serial_ = 0;
    Sv1Jobs jobs_{1, serial_};
    std::vector<std::string> odd_{};
};

TEST_F(Sv1JobsTest, AsksForWorkAsTheJobSays) {
    jobs_.on_extranonce({bytes_of("aabbcc"), 4});
    const auto work = work_of(notify("x", 1, true));
    EXPECT_TRUE(odd_.empty());
    EXPECT_EQ(work.version, 0x20000000U);
    EXPECT_EQ(work.nbits, 0x1b00d7c0U);
    EXPECT_EQ(work.min_ntime, 5000U);
    EXPECT_EQ(work.ntime_since, start);
    EXPECT_EQ(work.version_mask, 0U) << "not agreed";
    EXPECT_EQ(work.target, sv1::target_of(1)) << "where no difficulty has been told";
    EXPECT_EQ(work.extranonce_prefix.size() + work.extranonce_size, 7U);
    EXPECT_EQ(jobs_.find(share_of(work))->id, "x");
}

TEST_F(Sv1JobsTest, TakesWhatIsToldForTheNextJobOnly) {
    jobs_.on_extranonce({bytes_of("aa"), 2});
    const auto first = work_of(notify("1", 1, true));
    EXPECT_TRUE(jobs_.on_difficulty(2));
    jobs_.on_extranonce({bytes_of("bb"), 2});
    EXPECT_FALSE(jobs_.on_mask(0x1fffe000, start));
    EXPECT_EQ(jobs_.work()->target, sv1::target_of(1));
    EXPECT_EQ(jobs_.find(share_of(first))->difficulty, 1);

    const auto second = work_of(notify("2"));
    EXPECT_EQ(second.target, sv1::target_of(2));
    EXPECT_EQ(second.version_mask, 0x1fffe000U);
    EXPECT_EQ(second.extranonce_prefix, bytes_of("bb"));
    const auto* late = jobs_.find(share_of(first));
    ASSERT_NE(late, nullptr) << "of the same block, so still worth sending";
    EXPECT_EQ(late->extranonce1, bytes_of("aa"));
    EXPECT_EQ(late->difficulty, 1);
    EXPECT_EQ(late->mask, std::nullopt);
}

TEST_F(Sv1JobsTest, TakesBitsAwayAtOnce) {
    jobs_.on_extranonce({bytes_of("aa"), 8});
    jobs_.on_mask(0x6000, start);
    const auto before = work_of(notify("1", 1, true));
    EXPECT_EQ(before.version_mask, 0x6000U);
    EXPECT_FALSE(jobs_.on_mask(0xe000, start)) << "more bits are for the next job";
    EXPECT_EQ(jobs_.work()->version_mask, 0x6000U);

    ASSERT_TRUE(jobs_.on_mask(0xa000, start + 5s));
    const auto& after = *jobs_.work();
    EXPECT_EQ(after.version_mask, 0x2000U);
    EXPECT_EQ(jobs_.find(share_of(after))->id, "1");
    EXPECT_EQ(after.min_ntime, 5005U);
    EXPECT_EQ(jobs_.find(share_of(before)), nullptr) << "it may have bits that are gone";
    EXPECT_EQ(work_of(notify("2")).version_mask, 0xa000U);
}

TEST_F(Sv1JobsTest, DropsOlderJobsAtACleanOneAndAtANewBlock) {
    jobs_.on_extranonce({bytes_of("aa"), 8});
    const auto first = work_of(notify("1", 1, true));
    const auto second = work_of(notify("2", 1, true));
    EXPECT_TRUE(odd_.empty());
    EXPECT_EQ(jobs_.find(share_of(first)), nullptr);
    static_cast<void>(work_of(notify("3", 2, false)));
    EXPECT_EQ(odd_.size(), 1U) << "a new block without clean_jobs";
    EXPECT_EQ(jobs_.find(share_of(second)), nullptr);
}

TEST_F(Sv1JobsTest, NeverSearchesTheSameTwiceForAJobThatIsSentTwice) {
    for (const std::size_t size : {3U, 6U, 8U}) {
        jobs_.on_extranonce({bytes_of("aa"), size});
        const auto first = work_of(notify("1", 1, true));
        const auto again = work_of(notify("2"));
        EXPECT_NE(first.extranonce_prefix, again.extranonce_prefix) << size;
        EXPECT_EQ(first.extranonce_prefix.size(), again.extranonce_prefix.size());
        EXPECT_EQ(again.extranonce_prefix.size() + again.extranonce_size, 1 + size);
        EXPECT_GE(again.extranonce_size, 2U);
    }
    Sv1Jobs next_connection{2, serial_};
    next_connection.on_extranonce({bytes_of("aa"), 8});
    static_cast<void>(next_connection.on_notify(notify("1"), start));
    EXPECT_NE(next_connection.work()->extranonce_prefix, jobs_.work()->extranonce_prefix);
}

TEST_F(Sv1JobsTest, SaysWhatSomeFirmwareStumblesOver) {
    EXPECT_TRUE(jobs_.on_difficulty(1));
    EXPECT_FALSE(jobs_.on_difficulty(2)) << "the second before a job";
    jobs_.on_extranonce({bytes_of("aa"), 8});
    static_cast<void>(work_of(notify("1", 1, true)));
    EXPECT_TRUE(jobs_.on_difficulty(3));
    for (int i = 2; i <= 17; ++i) static_cast<void>(work_of(notify(std::to_string(i))));
    static_cast<void>(work_of(notify("1")));
    EXPECT_TRUE(odd_.empty()) << "16 other ids lie between";
    static_cast<void>(work_of(notify("17")));
    EXPECT_EQ(odd_.size(), 1U);
}

TEST_F(Sv1JobsTest, KeepsABoundedNumberOfJobs) {
    jobs_.on_extranonce({bytes_of("aa"), 8});
    const auto first = work_of(notify("0", 1, true));
    for (int i = 1; i < 64; ++i) static_cast<void>(work_of(notify(std::to_string(i))));
    EXPECT_NE(jobs_.find(share_of(first)), nullptr);
    static_cast<void>(work_of(notify("64")));
    EXPECT_EQ(jobs_.find(share_of(first)), nullptr);
}

TEST_F(Sv1JobsTest, KnowsNoShareOfAnotherConnection) {
    jobs_.on_extranonce({bytes_of("aa"), 8});
    auto share = share_of(work_of(notify("0", 1, true)));
    EXPECT_NE(jobs_.find(share), nullptr);
    share.connection = 2;
    EXPECT_EQ(jobs_.find(share), nullptr);
}

}  // namespace
}  // namespace miner
