#include "admin/mining_rules.h"

#include "admin/moments.h"
#include "admin/problem_testing.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class MiningRulesTest : public testing::Test {
  protected:
    /// A channel whose target gives so many shares a second, and that sends one now.
    void put_channel(int number, double per_second,
                     const std::string& gateway = "gateways/gateway-1") {
        proto::Channel row;
        row.set_name("channels/" + std::to_string(number));
        row.set_user_identity("alice.rig" + std::to_string(number));
        row.set_gateway(gateway);
        *row.mutable_open_time() = to_timestamp(opened_);
        row.set_difficulty(1);
        row.mutable_hash_rates()->set_last_5_minutes(per_second * 4'294'967'296.0);
        row.mutable_shares()->set_accepted(100);
        *row.mutable_last_share_time() = to_timestamp(clock_.unix_now());
        view_.channels.upsert(row);
    }
    void silence(int number) {
        auto row = *view_.channels.find("channels/" + std::to_string(number));
        row.set_is_silent(true);
        view_.channels.upsert(row);
    }
    Findings judge() {
        Findings findings;
        rules_.judge(view_, {clock_.steady_now(), clock_.unix_now()}, findings);
        return findings;
    }
    void put_shares(double accepted, double rejected, double stale) {
        proto::Service row;
        row.set_name("services/gateway-1");
        row.set_kind("gateway");
        auto& samples = *row.mutable_samples();
        samples["adit_gateway_shares_total{reason=\"\",result=\"accepted\"}"] = accepted;
        samples["adit_gateway_shares_total{reason=\"duplicate-share\",result=\"rejected\"}"] =
            rejected;
        samples["adit_gateway_shares_total{reason=\"stale-share\",result=\"rejected\"}"] = stale;
        view_.services.upsert(row);
    }

    base::ManualClock clock_{};
    base::UnixMicros opened_ = clock_.unix_now() - 1h;
    View view_{};
    MiningRules rules_{};
};

TEST_F(MiningRulesTest, FindNothingWrongWithAPoolWithoutMiners) {
    clock_.advance(24h);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(MiningRulesTest, NameAMinerThatFellSilent) {
    put_channel(1, 1);
    put_channel(2, 1);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    silence(1);
    const auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("silent-miner"));
    EXPECT_EQ(found[0].subject, "channels/1");
    EXPECT_EQ(found[0].service, "services/gateway-1");
    EXPECT_THAT(found[0].text, HasSubstr("alice.rig1"));
    put_channel(1, 1);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(MiningRulesTest, ForgetASilentMinerThatLeft) {
    put_channel(1, 1);
    silence(1);
    EXPECT_EQ(judge().size(), 1U);
    view_.channels.erase("channels/1");
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(MiningRulesTest, NameTheGatewayWhenManyFallSilent) {
    for (int i = 0; i < 100; ++i)
        put_channel(i, 1, i < 50 ? "gateways/gateway-1" : "gateways/gateway-2");
    for (int i = 0; i < 12; ++i) silence(i);
    const auto found = judge();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].subject, "gateways/gateway-1");
    EXPECT_THAT(found[0].text, HasSubstr("12 of 50"));
}

TEST_F(MiningRulesTest, NameThePoolWhenAThousandFallSilent) {
    for (int i = 0; i < 1'000; ++i) put_channel(i, 1, "gateways/g" + std::to_string(i % 5));
    for (int i = 0; i < 1'000; ++i) silence(i);
    const auto found = judge();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].id, "pool:silent-miner");
}

TEST_F(MiningRulesTest, MissSharesWhenChanceDoesNotExplainIt) {
    // Two shares a second together: none in 4.6 s has a probability of 1e-4.
    put_channel(1, 1);
    put_channel(2, 1);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    clock_.advance(4'500ms);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    clock_.advance(200ms);
    const auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("shares-stalled"));
    EXPECT_EQ(found[0].since, clock_.unix_now() - 4'700ms);
    put_channel(1, 1);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(MiningRulesTest, LetAFewSlowMinersBeSilentForMinutes) {
    put_channel(1, 1.0 / 60);
    judge();
    clock_.advance(9min);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    clock_.advance(1min);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("shares-stalled"));
}

TEST_F(MiningRulesTest, ExpectNothingOfChannelsThatHaveJustOpened) {
    // A gateway was restarted: its miners came back three seconds ago.
    put_channel(1, 10);
    judge();
    clock_.advance(20s);
    view_.channels.erase("channels/1");
    opened_ = clock_.unix_now();
    proto::Channel fresh;
    fresh.set_name("channels/2");
    *fresh.mutable_open_time() = to_timestamp(opened_);
    fresh.set_difficulty(1);
    view_.channels.upsert(fresh);
    clock_.advance(3s);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(MiningRulesTest, RememberTheRateOfBeforeTheStall) {
    put_channel(1, 1);
    judge();
    clock_.advance(10min);
    auto row = *view_.channels.find("channels/1");
    row.mutable_hash_rates()->set_last_5_minutes(0);
    view_.channels.upsert(row);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("shares-stalled"));
}

TEST_F(MiningRulesTest, NoticeManyInvalidShares) {
    put_shares(1'000, 500, 500);
    EXPECT_THAT(kinds_of(judge()), IsEmpty()) << "they may be of last year";
    clock_.advance(1min);
    put_shares(1'300, 519, 500);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    put_shares(1'300, 520, 500);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("invalid-spike"));
    clock_.advance(3min);
    put_shares(2'000, 521, 500);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(MiningRulesTest, TakeSomeStaleSharesForABlockChange) {
    put_shares(1'000, 0, 0);
    judge();
    clock_.advance(1min);
    put_shares(1'200, 0, 80);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    put_shares(1'200, 0, 90);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("invalid-spike"));
}

TEST_F(MiningRulesTest, NoticeThatHalfOfTheHashRateIsGone) {
    view_.pool.mutable_hash_rates()->set_last_hour(100);
    view_.pool.mutable_hash_rates()->set_last_5_minutes(50);
    view_.pool.mutable_shares_last_hour()->set_accepted(200);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    view_.pool.mutable_hash_rates()->set_last_5_minutes(49);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("hashrate-dropped"));
    view_.pool.mutable_shares_last_hour()->set_accepted(199);
    EXPECT_THAT(kinds_of(judge()), IsEmpty()) << "too few to tell";
}

TEST_F(MiningRulesTest, SayThatThePictureIsOld) {
    *view_.pool.mutable_log_time() = to_timestamp(clock_.unix_now() - 29s);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    *view_.pool.mutable_log_time() = to_timestamp(clock_.unix_now() - 30s);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("ledger-behind"));
}

}  // namespace
}  // namespace admin
