#include "channel-manager/template_search.h"

#include <gtest/gtest.h>

#include <vector>

namespace channel_manager {
namespace {

using Answer = TemplateSearch::Answer;
using namespace std::chrono_literals;

constexpr mining::TemplateRef ref{7};

class TemplateSearchTest : public testing::Test {
  protected:
    bool pass(std::chrono::milliseconds time) {
        now += time;
        return search.seek(ref, now);
    }
    void ask() {
        pass(0ms);
        pass(TemplateSearch::first_rest);
    }

    base::SteadyTime now{1h};
    std::vector<TemplateSearch::OnAnswer> replicas;
    std::vector<TemplateSearch::OnAnswer> redis;
    int found = 0;
    TemplateSearch search{{.ask_replicas = [this](auto, auto done) { replicas.push_back(done); },
                           .ask_redis = [this](auto, auto done) { redis.push_back(done); },
                           .on_found = [this] { ++found; }}};
};

TEST_F(TemplateSearchTest, LeavesTheStreamsAMomentThenAsksTheReplicas) {
    EXPECT_FALSE(pass(0ms));
    EXPECT_FALSE(pass(TemplateSearch::first_rest - 1ms));
    EXPECT_TRUE(replicas.empty());
    EXPECT_FALSE(pass(1ms));
    EXPECT_FALSE(pass(100ms));
    EXPECT_EQ(replicas.size(), 1U) << "once, and the same question for every batch";
}

TEST_F(TemplateSearchTest, AsksRedisWhenNoReplicaHasIt) {
    ask();
    replicas[0](Answer::found);
    EXPECT_EQ(found, 1);
    EXPECT_TRUE(redis.empty());

    ask();
    replicas[1](Answer::unavailable);
    ASSERT_EQ(redis.size(), 1U);
    redis[0](Answer::found);
    EXPECT_EQ(found, 2);
}

TEST_F(TemplateSearchTest, IsLostOnlyWhenAllHaveAnswered) {
    const struct {
        Answer replicas;
        Answer redis;
        bool is_lost;
    } cases[] = {{Answer::unknown, Answer::unknown, true},
                 {Answer::unavailable, Answer::unknown, false},
                 {Answer::unknown, Answer::unavailable, false}};
    for (const auto& one : cases) {
        search = TemplateSearch{{.ask_replicas = [&](auto, auto done) { done(one.replicas); },
                                 .ask_redis = [&](auto, auto done) { done(one.redis); },
                                 .on_found = [] {}}};
        ask();
        EXPECT_EQ(pass(0ms), one.is_lost);
    }
}

TEST_F(TemplateSearchTest, AsksAgainWhereSomebodyDidNotAnswer) {
    ask();
    replicas[0](Answer::unavailable);
    redis[0](Answer::unknown);
    EXPECT_FALSE(pass(TemplateSearch::rest - 1ms));
    EXPECT_EQ(replicas.size(), 1U);
    EXPECT_FALSE(pass(1ms));
    EXPECT_EQ(replicas.size(), 2U);
}

TEST_F(TemplateSearchTest, HasABoundAndForgets) {
    for (std::uint64_t i = 1; i <= TemplateSearch::searches_max + 10; ++i)
        search.seek(mining::TemplateRef{i}, now);
    now += TemplateSearch::first_rest;
    for (std::uint64_t i = 1; i <= TemplateSearch::searches_max + 10; ++i)
        search.seek(mining::TemplateRef{i}, now);
    EXPECT_EQ(replicas.size(), TemplateSearch::searches_max);
    for (const auto& done : std::vector{replicas}) done(Answer::unavailable);
    for (const auto& done : redis) done(Answer::unavailable);
    now += TemplateSearch::forget_after;
    search.seek(mining::TemplateRef{9'999}, now);
    now += TemplateSearch::first_rest;
    search.seek(mining::TemplateRef{9'999}, now);
    EXPECT_EQ(replicas.size(), TemplateSearch::searches_max + 1);
}

}  // namespace
}  // namespace channel_manager
