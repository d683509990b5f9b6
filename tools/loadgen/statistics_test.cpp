#include "loadgen/statistics.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace loadgen {
namespace {

using namespace std::chrono_literals;

bitcoin::BlockHash block(std::uint8_t number) {
    bitcoin::BlockHash hash;
    hash.value.bytes[0] = number;
    return hash;
}

TEST(TipSpread, IsFromTheFirstMinerToTheLast) {
    const base::SteadyTime begin{1h};
    TipSpread tips;
    tips.heard(block(1), begin);
    tips.heard(block(1), begin + 3ms);
    tips.heard(block(2), begin + 1s);
    tips.heard(block(1), begin + 1s + 7ms);  // one of the first block's is late
    tips.heard(block(2), begin + 1s + 8ms);
    EXPECT_EQ(tips.times().count(), 0U);
    tips.finish();
    EXPECT_EQ(tips.times().count(), 2U);
    EXPECT_EQ(tips.times().max_us(), 1'007'000U);
    EXPECT_GE(tips.times().quantile_us(0.5), 8'000U);
    EXPECT_LE(tips.times().quantile_us(0.5), 8'200U);
    ASSERT_EQ(tips.over().size(), 2U);
    EXPECT_EQ(tips.over()[0].miners, 3U);
    EXPECT_EQ(tips.over()[1].first, begin + 1s);
    EXPECT_EQ(tips.over()[1].last, begin + 1s + 8ms);
}

TEST(TipSpread, AnOldBlockIsOver) {
    const base::SteadyTime begin{1h};
    TipSpread tips;
    for (std::uint8_t i = 0; i < 10; ++i) tips.heard(block(i), begin + i * 1s);
    EXPECT_EQ(tips.times().count(), 6U);
    EXPECT_EQ(tips.times().max_us(), 0U);
}

TEST(Statistics, TellsGapsInUnixTime) {
    base::ManualClock clock;
    Statistics statistics{clock.steady_now()};
    auto& miner = statistics.miners.emplace_back();
    miner.name = "m";
    miner.is_steady = true;
    const auto from = clock.steady_now() + 2s;
    miner.gaps.push_back({Gap::Kind::answer, from, from + 6s});
    statistics.shares[Intent::honest] = {.submitted = 5,
                                         .accepted = 2,
                                         .rejected = 1,
                                         .rejected_by_reason = {{"21", 1}},
                                         .unknown = 1};
    const auto began_us = clock.unix_now().time_since_epoch().count();
    clock.advance(10s);
    const auto all =
        nlohmann::json::parse(statistics.summary(clock.steady_now(), clock.unix_now()));
    const auto& gap = all["miners"][0]["gaps"][0];
    EXPECT_EQ(gap["kind"], "answer");
    EXPECT_EQ(gap["from_us"], began_us + 2'000'000);
    EXPECT_EQ(gap["to_us"], began_us + 8'000'000);
    EXPECT_EQ(all["shares"]["honest"]["rejected_by_code"]["21"], 1);
    EXPECT_EQ(all["shares"]["honest"]["waiting"], 1);
    EXPECT_EQ(all["seconds"], 10.0);
}

TEST(Statistics, WhatWasBeforeAWarmUpIsInNoQuantile) {
    base::ManualClock clock;
    Statistics statistics{clock.steady_now()};
    statistics.sv2.emplace();
    statistics.answers.add(5s);
    statistics.sv2->late.add(5s);
    statistics.shares[Intent::honest].submitted = 3;
    statistics.forget_times();
    statistics.answers.add(1ms);
    const auto all =
        nlohmann::json::parse(statistics.summary(clock.steady_now(), clock.unix_now()));
    EXPECT_EQ(all["answer_us"]["max"], 1000);
    EXPECT_EQ(all["late_us"]["count"], 0);
    EXPECT_EQ(all["shares"]["honest"]["submitted"], 3);
    EXPECT_EQ(all["answer_us"]["percentiles"].back(), (nlohmann::json{100.0, 1000, 1}));
}

TEST(Statistics, TellsWhenMinersHeardOfANewBlock) {
    base::ManualClock clock;
    Statistics statistics{clock.steady_now()};
    const auto began_us = clock.unix_now().time_since_epoch().count();
    statistics.tips.heard(block(7), clock.steady_now() + 1s);
    statistics.tips.heard(block(7), clock.steady_now() + 1s + 4ms);
    statistics.tips.finish();
    clock.advance(10s);
    const auto all =
        nlohmann::json::parse(statistics.summary(clock.steady_now(), clock.unix_now()));
    ASSERT_EQ(all["new_blocks"].size(), 1U);
    const auto& told = all["new_blocks"][0];
    EXPECT_EQ(told["prev_hash"], std::string(62, '0') + "07");
    EXPECT_EQ(told["first_us"], began_us + 1'000'000);
    EXPECT_EQ(told["last_us"], began_us + 1'004'000);
    EXPECT_EQ(told["miners"], 2);
}

TEST(Statistics, AStatusLineForgetsTheTimesBeforeIt) {
    base::ManualClock clock;
    Statistics statistics{clock.steady_now()};
    statistics.recent_answers.add(5ms);
    const auto line = [&] {
        return nlohmann::json::parse(statistics.status_line(3, 2, 1500ms, clock.steady_now()));
    };
    const auto first = line();
    EXPECT_EQ(first["answer_p99_us"], 5000);
    EXPECT_EQ(first["oldest_wait_s"], 1.5);
    EXPECT_EQ(first["working"], 2);
    EXPECT_EQ(line()["answer_p99_us"], 0);
}

}  // namespace
}  // namespace loadgen
