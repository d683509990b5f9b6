#include "translator/client_channel.h"

#include <gtest/gtest.h>

#include "sv2/limits.h"
#include "translator/job_names.h"

namespace translator {
namespace {

TEST(FutureJobs, TheOldestGivesWayAndTheLaterOfANameIsMeant) {
    FutureJobs jobs;
    for (std::uint32_t i = 1; i <= sv2::limits::future_jobs_per_channel_max + 1; ++i)
        jobs.add({.id = {i}, .sent_at = i, .parts = {}});
    EXPECT_EQ(jobs.find({1}), nullptr);
    ASSERT_NE(jobs.find({2}), nullptr);
    jobs.add({.id = {2}, .sent_at = 99, .parts = {}});
    EXPECT_EQ(jobs.find({2})->sent_at, 99U);
    EXPECT_EQ(jobs.all().size(), sv2::limits::future_jobs_per_channel_max);
}

TEST(ClientChannel, AJobStandsBehindThePrefixOfItsSending) {
    const auto prefix = [](int i) {
        return std::make_shared<const base::Bytes>(1, static_cast<std::byte>(i));
    };
    ClientChannel channel;
    channel.prefix = prefix(3);
    channel.old_prefixes = {{.prefix = prefix(1), .until = 10}, {.prefix = prefix(2), .until = 20}};
    EXPECT_EQ(*channel.prefix_at(9), *prefix(1));
    EXPECT_EQ(*channel.prefix_at(10), *prefix(2));
    EXPECT_EQ(*channel.prefix_at(19), *prefix(2));
    EXPECT_EQ(*channel.prefix_at(20), *prefix(3));
}

TEST(JobNames, NumbersGrowOverAllConnectionsAndNameOnlyTheirOwn) {
    JobCounter counter;
    JobNames one{counter};
    JobNames other{counter};
    const auto first = one.add({7});
    const auto second = other.add({7});
    EXPECT_LT(first, second);
    EXPECT_EQ(one.find(first), sv2::JobId{7});
    EXPECT_EQ(one.find(second), std::nullopt);
    EXPECT_EQ(one.last(), second);
    for (std::size_t i = 0; i < JobNames::kept; ++i) one.add({8});
    EXPECT_EQ(one.find(first), std::nullopt);
}

}  // namespace
}  // namespace translator
