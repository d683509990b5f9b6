#include "gateway/stuck_miners.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using Stuck = StuckMiners::Stuck;

constexpr base::SteadyTime start{1h};

TEST(StuckMiners, NamesThoseThatWereSeenForLongest) {
    StuckMiners stuck;
    for (std::uint64_t id = 1; id <= 100; ++id) stuck.seen({id}, start + std::chrono::seconds{id});
    stuck.seen({77}, start);
    EXPECT_EQ(stuck.longest(3),
              (std::vector<Stuck>{{start, {77}}, {start + 1s, {1}}, {start + 2s, {2}}}));
    EXPECT_EQ(stuck.longest(1'000).size(), 100U);
    EXPECT_EQ(stuck.longest(0).size(), 0U);
}

TEST(StuckMiners, ForgetsWhoTakesSomethingAndWhoLeaves) {
    StuckMiners stuck;
    stuck.seen({1}, start);
    stuck.seen({2}, start);
    stuck.seen({3}, std::nullopt);
    stuck.seen({1}, std::nullopt);
    EXPECT_EQ(stuck.longest(20), (std::vector<Stuck>{{start, {2}}}));
    stuck.forget({2});
    stuck.forget({2});
    EXPECT_TRUE(stuck.longest(20).empty());
}

}  // namespace
}  // namespace gateway
