#include "ledger/template_lease.h"

#include "fixture.h"

namespace ledger {
namespace {

using Kind = LeaseAnswer::Kind;
using Got = base::Result<LeaseAnswer, std::string>;

class TemplateLeaseTest : public LedgerTest {
  protected:
    TemplateLease lease_of(const std::string& owner) {
        return {.client = client_,
                .owner = owner,
                .length = std::chrono::milliseconds{60'000},
                .durability = {}};
    }
    LeaseAnswer take(const std::string& owner, std::uint64_t newest = 0) {
        return *await<Got>(
            [&](auto done) { lease_of(owner).take(mining::Epoch{newest}, std::move(done)); });
    }
    LeaseAnswer confirm(const std::string& owner, mining::Epoch epoch) {
        return *await<Got>([&](auto done) { lease_of(owner).confirm(epoch, std::move(done)); });
    }
    LeaseAnswer renew(const std::string& owner, mining::Epoch epoch) {
        return *await<Got>([&](auto done) { lease_of(owner).renew(epoch, std::move(done)); });
    }
    LeaseAnswer release(const std::string& owner, mining::Epoch epoch) {
        return *await<Got>([&](auto done) { lease_of(owner).release(epoch, std::move(done)); });
    }
};

TEST_F(TemplateLeaseTest, OneHoldsItUntilItIsReleased) {
    const auto first = take("a");
    EXPECT_EQ(first.kind, Kind::taken);
    const auto second = take("b");
    EXPECT_EQ(second.kind, Kind::taken_by_another);
    EXPECT_EQ(second.owner, "a");
    EXPECT_EQ(second.epoch, first.epoch);
    EXPECT_GT(second.left, std::chrono::milliseconds{50'000});

    EXPECT_EQ(release("b", first.epoch).kind, Kind::released) << "whose it is not";
    EXPECT_EQ(take("b").kind, Kind::taken_by_another);
    release("a", first.epoch);
    const auto third = take("b");
    EXPECT_EQ(third.kind, Kind::taken);
    EXPECT_GT(third.epoch, first.epoch);
}

TEST_F(TemplateLeaseTest, RunsOutUnlessItIsRenewed) {
    const auto first = take("a");
    server_.run({"PEXPIRE", keys::template_leader, "1"});
    EXPECT_EQ(renew("a", first.epoch).kind, Kind::held) << "nobody took it meanwhile";
    EXPECT_GT(integer({"PTTL", keys::template_leader}), 50'000);
    server_.run({"DEL", keys::template_leader});
    const auto second = take("b");
    EXPECT_EQ(second.kind, Kind::taken);
    const auto fenced = renew("a", first.epoch);
    EXPECT_EQ(fenced.kind, Kind::fenced);
    EXPECT_EQ(fenced.epoch, second.epoch);
    EXPECT_EQ(renew("b", second.epoch).kind, Kind::held);
}

TEST_F(TemplateLeaseTest, WhoTakesItTwiceGetsTwoEpochs) {
    // The first answer was lost: nobody may use that epoch any more.
    const auto first = take("a");
    const auto second = take("a");
    EXPECT_EQ(second.kind, Kind::taken);
    EXPECT_GT(second.epoch, first.epoch);
    EXPECT_EQ(renew("a", first.epoch).kind, Kind::fenced);
}

TEST_F(TemplateLeaseTest, AnEpochIsNewerThanWhatTheCallerHasSeen) {
    const auto now = take("a");
    release("a", now.epoch);
    const auto next = take("a", now.epoch.value + 500);
    EXPECT_EQ(next.epoch.value, now.epoch.value + 501);
    EXPECT_GE(next.usable_after, std::chrono::milliseconds{1'500}) << "Redis' clock is behind it";
}

TEST_F(TemplateLeaseTest, AnEpochIsTheTickOfRedisClockUnlessOneIsNewer) {
    for (int i = 0; i < 5; ++i) {
        const auto before = redis_now_us();
        const auto taken = take("a");
        const auto after = redis_now_us();
        EXPECT_GE(taken.epoch.value, static_cast<std::uint64_t>(before / 4'000));
        EXPECT_LE(taken.epoch.value, static_cast<std::uint64_t>(after / 4'000));
        EXPECT_LE(taken.usable_after, std::chrono::milliseconds{4});
        server_.run({"FLUSHALL"});
    }
    const auto ahead = static_cast<std::uint64_t>(redis_now_us() / 4'000) + 500;
    server_.run({"HSET", keys::epochs, "template", std::to_string(ahead)});
    EXPECT_EQ(take("a").epoch.value, ahead + 1);
}

TEST_F(TemplateLeaseTest, WhatIsLeftOfItIsSaidToEverybody) {
    const auto first = take("a");
    EXPECT_GT(first.left, std::chrono::milliseconds{50'000});
    EXPECT_LE(first.left, std::chrono::milliseconds{60'000});
    EXPECT_EQ(first.owner, "a");
    EXPECT_EQ(release("a", first.epoch).left, std::chrono::milliseconds{0});
}

TEST_F(TemplateLeaseTest, IsReleasedByItsOwnerUnderItsLastEpochOnly) {
    const auto first = take("a");
    const auto second = take("a");
    release("a", first.epoch);
    EXPECT_EQ(take("b").epoch, second.epoch) << "it belongs to a";
    release("b", second.epoch);
    EXPECT_EQ(take("b").kind, Kind::taken_by_another);
    release("a", second.epoch);
    EXPECT_EQ(take("b").kind, Kind::taken);
}

TEST_F(TemplateLeaseTest, WhoIsFencedHearsByWhom) {
    const auto first = take("a");
    release("a", first.epoch);
    const auto second = take("b");
    for (const auto& fenced : {renew("a", first.epoch), confirm("a", first.epoch)}) {
        EXPECT_EQ(fenced.kind, Kind::fenced);
        EXPECT_EQ(fenced.epoch, second.epoch);
        EXPECT_EQ(fenced.owner, "b");
    }
    server_.run({"FLUSHALL"});
    const auto forgotten = confirm("b", second.epoch);
    EXPECT_EQ(forgotten.kind, Kind::fenced);
    EXPECT_EQ(forgotten.epoch.value, 0U);
    EXPECT_EQ(forgotten.owner, "");
}

TEST_F(TemplateLeaseTest, ARedisThatForgotTheEpochLearnsItFromItsLeader) {
    const auto first = take("a");
    server_.run({"FLUSHALL"});
    EXPECT_EQ(renew("a", first.epoch).kind, Kind::held);
    EXPECT_EQ(take("b").kind, Kind::taken_by_another);
    release("a", first.epoch);
    EXPECT_GT(take("b").epoch, first.epoch);
}

TEST_F(TemplateLeaseTest, AnEpochThatWasNamedTwiceIsOnesOnly) {
    const auto first = take("a");
    server_.run({"FLUSHALL"});
    // As a Redis that forgot the last second, and whose clock is behind the epochs that it names.
    const auto ahead = first.epoch.value + 500;
    const auto second = take("a", ahead);
    server_.run({"FLUSHALL"});
    const auto third = take("b", ahead);
    ASSERT_EQ(third.epoch, second.epoch);
    EXPECT_EQ(confirm("a", second.epoch).kind, Kind::fenced);
    EXPECT_EQ(renew("a", second.epoch).kind, Kind::fenced);
    const auto confirmed = confirm("b", second.epoch);
    EXPECT_EQ(confirmed.kind, Kind::held);
    EXPECT_GT(confirmed.usable_after, std::chrono::milliseconds{0}) << "not yet";
    server_.run({"FLUSHALL"});
    EXPECT_EQ(confirm("b", second.epoch).kind, Kind::fenced) << "somebody else may have used it";
    EXPECT_EQ(renew("b", second.epoch).kind, Kind::held) << "it has used it";
}

TEST_F(TemplateLeaseTest, TooFewReplicasAreAnError) {
    auto lease = lease_of("a");
    lease.durability = {.replicas = 1, .wait_timeout = std::chrono::milliseconds{20}};
    const auto got = await<Got>([&](auto done) { lease.take(mining::Epoch{}, std::move(done)); });
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error(), "too few replicas");
}

}  // namespace
}  // namespace ledger
