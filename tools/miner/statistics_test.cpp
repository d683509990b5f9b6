#include "miner/statistics.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "miner/testing.h"

namespace miner {
namespace {

using namespace std::chrono_literals;

constexpr base::SteadyTime start{1h};

TEST(Statistics, SumsUpARun) {
    Statistics statistics{start};
    statistics.connected();
    statistics.channel_opened();
    statistics.channel_refused("unknown-user");
    FoundShare share;
    share.header.nbits = 0x207fffff;
    for (int i = 0; i < 5; ++i) statistics.share_submitted(share);
    share.hash.value = bitcoin::uint256_max();  // no block
    statistics.share_submitted(share);
    statistics.shares_accepted(2, 7, {3ms, 1ms});
    statistics.session_resumed();
    statistics.share_rejected("stale-share");
    statistics.connection_lost(2);

    const auto summary = nlohmann::json::parse(statistics.summary_json(1000, 1, start + 10s));
    EXPECT_EQ(summary["shares_submitted"], 6);
    EXPECT_EQ(summary["shares_accepted"], 2);
    EXPECT_EQ(summary["shares_accepted_sum"], 7);
    EXPECT_EQ(summary["shares_rejected"], nlohmann::json({{"stale-share", 1}}));
    EXPECT_EQ(summary["shares_unknown"], 3);
    EXPECT_EQ(summary["blocks_found"], 5);
    EXPECT_EQ(summary["sessions_resumed"], 1);
    EXPECT_EQ(summary["channels_opened"], 1);
    EXPECT_EQ(summary["channels_refused"], nlohmann::json({{"unknown-user", 1}}));
    EXPECT_EQ(summary["connections_lost"], 1);
    EXPECT_EQ(summary["hashes_per_second"], 100.0);
    EXPECT_EQ(summary["answer_us"]["max"], 3000);
}

TEST(Statistics, KeepsABoundedNumberOfReasons) {
    Statistics statistics{start};
    for (int i = 0; i < 100; ++i) statistics.share_rejected("code-" + std::to_string(i));
    const auto summary = nlohmann::json::parse(statistics.summary_json(0, 0, start + 1s));
    EXPECT_EQ(summary["shares_rejected"].size(), 65U);
    EXPECT_EQ(summary["shares_rejected"]["other"], 36);
}

TEST(Statistics, ShowsTheRateSinceTheLastLine) {
    Statistics statistics{start};
    EXPECT_NE(statistics.status_line(2'000'000, 3, start + 1s).find("2.00 MH/s  channels 3"),
              std::string::npos);
    EXPECT_NE(statistics.status_line(2'500'000, 3, start + 2s).find("500 kH/s"), std::string::npos);
}

}  // namespace
}  // namespace miner
