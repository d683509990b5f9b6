// The one channel over real ones: the messages of the protocol, connections that end, other pools.
#include <boost/asio/post.hpp>
#include <list>
#include <set>

#include "translator/aggregate_channels.h"
#include "translator/aggregate_testing.h"
#include "translator/pool_channels_testing.h"

namespace translator {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

class AggregateOverPoolsTest : public PoolChannelsTest {
  protected:
    ~AggregateOverPoolsTest() override {
        aggregate.reset();
        turn();
    }

    struct Rig {
        FakeMiner told{};
        ChannelHandle handle{};
    };

    void aggregate_at(PoolsSettings settings) {
        start(std::move(settings));
        aggregate.emplace(
            *channels, AggregateSettings{.easiest_difficulty = 1e-9, .start_hash_rate_hps = 10},
            clock, metrics, [this] { boost::asio::post(loop, [this] { aggregate->turn(); }); });
        turn();
    }
    void add_rigs(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto& rig = rigs.emplace_back();
            rig.handle = aggregate->open({.user = "rig"}, rig.told);
        }
        turn();
    }
    void run_for_seconds(int seconds) {
        for (int passed = 0; passed < seconds; ++passed) {
            run_for(1s);
            aggregate->tick();
            turn();
        }
    }
    /// A share of each miner's, found by trying; what became of them.
    std::vector<Verdict> mine() {
        for (auto& rig : rigs) {
            const auto& job = rig.told.job();
            rig.told.answers.clear();
            EXPECT_TRUE(aggregate->submit(rig.handle,
                                          rig.told.find(job, [&](const bitcoin::BlockHash& hash) {
                                              return job.target.is_met_by(hash);
                                          })));
        }
        turn();
        std::vector<Verdict> verdicts;
        for (const auto& rig : rigs)
            for (const auto& answer : rig.told.answers) verdicts.push_back(answer.verdict);
        return verdicts;
    }
    std::set<base::Bytes> prefixes() const {
        std::set<base::Bytes> found;
        for (const auto& rig : rigs) found.insert(*rig.told.job().extranonce_prefix);
        return found;
    }

    AggregateMetrics metrics{registry};
    std::optional<AggregateChannels> aggregate{};
    std::list<Rig> rigs{};
};

TEST_F(AggregateOverPoolsTest, AFarmIsOneChannelOfThePools) {
    aggregate_at({.pools = {pool_at(first_port, "farm")}});
    add_rigs(300);
    ASSERT_EQ(first.channels(), 1U);
    for (const auto& [number, connection] : first.connections)
        for (const auto& [id, channel] : connection.channels) {
            EXPECT_EQ(channel.user, "farm");
            EXPECT_EQ(channel.extranonce_size, 10U);
        }
    EXPECT_THAT(prefixes(), SizeIs(300));
    const auto verdicts = mine();
    EXPECT_THAT(verdicts, SizeIs(300));
    EXPECT_THAT(verdicts, Each(Verdict::accepted));
    EXPECT_THAT(first.shares, SizeIs(300)) << "the pool's target is the easier one here";
    EXPECT_THAT(first.workers, Each("worker"));
    run_for_seconds(3);
    EXPECT_EQ(metrics.updates.value(), 1U);
}

TEST_F(AggregateOverPoolsTest, ALostConnectionVoidsTheJobsOfAllAndTheyGoOnBehindTheNext) {
    aggregate_at({.pools = {pool_at(first_port, "farm")}});
    add_rigs(20);
    const auto before = rigs.front().told.job();
    dialer.cut(first);
    run_for_seconds(3);
    for (const auto& rig : rigs) {
        EXPECT_EQ(rig.told.interruptions, 1);
        EXPECT_THAT(rig.told.all_terms, SizeIs(2));
        EXPECT_TRUE(rig.told.job().is_clean);
    }
    EXPECT_THAT(prefixes(), SizeIs(20));
    auto& rig = rigs.front();
    EXPECT_FALSE(aggregate->submit(rig.handle, rig.told.find(before, [](const auto&) {
        return true;
    }))) << "of the connection that is gone";
    const auto verdicts = mine();
    EXPECT_THAT(verdicts, SizeIs(20));
    EXPECT_THAT(verdicts, Each(Verdict::accepted));
}

TEST_F(AggregateOverPoolsTest, BehindAPoolThatGrantsLessTheNumbersAreShorter) {
    second.behaviour.extranonce_max = 5;
    aggregate_at({.pools = {pool_at(first_port, "farm"), pool_at(second_port, "other")}});
    add_rigs(20);
    EXPECT_EQ(rigs.front().told.job().extranonce_size, 8U);
    first.behaviour.is_up = false;
    dialer.cut(first);
    run_for_seconds(30);
    ASSERT_EQ(second.channels(), 1U);
    for (const auto& rig : rigs) EXPECT_EQ(rig.told.job().extranonce_size, 4U);
    EXPECT_THAT(prefixes(), SizeIs(20));
    const auto verdicts = mine();
    EXPECT_THAT(verdicts, SizeIs(20));
    EXPECT_THAT(verdicts, Each(Verdict::accepted));
    EXPECT_THAT(second.shares, SizeIs(20));
}

TEST_F(AggregateOverPoolsTest, ARefusalIsToldToAllAndAskedAgain) {
    first.behaviour.unknown_users = {"farm"};
    aggregate_at({.pools = {pool_at(first_port, "farm")}});
    add_rigs(3);
    EXPECT_FALSE(aggregate->is_served());
    run_for_seconds(11);
    for (const auto& rig : rigs) EXPECT_THAT(rig.told.refusals, ElementsAre("unknown-user"));
    EXPECT_FALSE(aggregate->is_served());
    rigs.clear();
    first.behaviour.unknown_users.clear();
    add_rigs(3);
    run_for_seconds(12);
    EXPECT_TRUE(aggregate->is_served());
    EXPECT_THAT(mine(), Each(Verdict::accepted));
}

}  // namespace
}  // namespace translator
