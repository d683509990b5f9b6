#include "translator/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace translator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr base::SteadyTime now{10h};

MinerRow some_miner() {
    MinerRow row{.peer = "192.0.2.7:1000"};
    row.status.workers = {"ann.<b>one</b>", "ann.two"};
    row.status.agent = "cgminer/4.11\"x";
    row.status.firmware = "cgminer";
    row.status.difficulty = 1024;
    row.status.hash_rate_hps = 1.5e14;
    row.status.accepted = 7;
    row.status.rejected[static_cast<std::size_t>(ShareReason::stale)] = 2;
    row.status.last_share = now - 30s;
    row.status.since = now - 3h;
    return row;
}

Status some_status() {
    return {.mode = "per-miner",
            .shares_accepted = 7,
            .shares_rejected = 2,
            .miners_connected = 3,
            .miners_found = 1,
            .pools = {{.address = "pool.example:1",
                       .user_identity = "{user}",
                       .is_serving = true,
                       .state = "connected",
                       .connections = 2,
                       .channels = 3}},
            .miners = {some_miner()}};
}

TEST(Status, ReadsAQueryAndBoundsIt) {
    EXPECT_EQ(read_status_query("").miner, "");
    EXPECT_EQ(read_status_query("").limit, 100U);
    const auto query = read_status_query("miner=ann.%3Cb&limit=5");
    EXPECT_EQ(query.miner, "ann.<b");
    EXPECT_EQ(query.limit, 5U);
    EXPECT_EQ(read_status_query("limit=100000").limit, 1000U);
    EXPECT_EQ(read_status_query("limit=-1").limit, 100U);
    EXPECT_EQ(read_status_query("limit=5x").limit, 100U);
}

TEST(Status, FindsAMinerByAnyOfItsWorkersItsAgentOrAddress) {
    const auto row = some_miner();
    for (const auto* text : {"", "ann", "two", "cgminer", "192.0.2."}) {
        SCOPED_TRACE(text);
        EXPECT_TRUE((StatusQuery{.miner = text}.finds(row.peer, row.status)));
    }
    EXPECT_FALSE((StatusQuery{.miner = "bob"}.finds(row.peer, row.status)));
}

TEST(Status, PageShowsWhatIsThereAndNoMarkupOfAMiners) {
    const auto html = status_html(some_status(), {.miner = "\"><i>"}, now);
    for (const auto* text :
         {"pool.example:1 <strong>in use</strong>", "ann.&lt;b&gt;one&lt;/b&gt;, ann.two",
          "cgminer/4.11&quot;x", "150 TH/s", "stale 2", "30 s ago", "3 h", "1 found of 3",
          "value=\"&quot;&gt;&lt;i&gt;\"", "ready;"})
        EXPECT_THAT(html, HasSubstr(text));
    for (const auto* text : {"<b>one", "<i>", "<script"}) EXPECT_THAT(html, Not(HasSubstr(text)));
    auto unready = some_status();
    unready.not_ready = "pools: none";
    EXPECT_THAT(status_html(unready, {}, now), HasSubstr("not ready: pools: none"));
}

TEST(Status, JsonSaysTheSame) {
    const auto json = nlohmann::json::parse(status_json(some_status(), now));
    EXPECT_EQ(json["miners_connected"], 3);
    EXPECT_EQ(json["pools"][0]["is_serving"], true);
    const auto& miner = json["miners"][0];
    EXPECT_EQ(miner["user"], "ann.<b>one</b>");
    EXPECT_EQ(miner["rejected"], nlohmann::json({{"stale", 2}}));
    EXPECT_EQ(miner["last_share_s"], 30);
    EXPECT_EQ(miner["connected_s"], 10800);
    auto broken = some_status();
    broken.miners[0].status.agent = "\xff";
    broken.miners[0].status.last_share.reset();
    EXPECT_TRUE(
        nlohmann::json::parse(status_json(broken, now))["miners"][0]["last_share_s"].is_null());
}

}  // namespace
}  // namespace translator
