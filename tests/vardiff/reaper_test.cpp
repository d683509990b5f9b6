#include "vardiff/reaper.h"

#include <fmt/format.h>

#include "ledger/fixture.h"
#include "ledger/scripts.h"

namespace vardiff {
namespace {

using namespace std::chrono_literals;
using ledger::LedgerError;
using ledger::LedgerTest;
using mining::Epoch;
using test_support::run_until;
namespace keys = ledger::keys;

constexpr std::uint32_t partitions = 3;

/// Gateways 10, 20 and 30 with channels and shares in several partitions; 10 and 20 fall silent.
class ReaperTest : public LedgerTest {
  protected:
    static Reaper::Settings settings() {
        return {.partitions = partitions,
                .watch = {.silent_for = 60s, .look_at_least = 20s},
                .beat_within = 5s,
                .scan_count = 50};
    }

    ledger::Commit work(std::uint64_t epoch, std::uint32_t partition, std::uint64_t sequence,
                        const bitcoin::BlockHash& tip, std::uint32_t channels = 0) {
        auto commit = ledger::batch(epoch, sequence,
                                    {static_cast<std::uint32_t>(epoch * 1000 + sequence)}, tip);
        commit.partition = partition;
        for (std::uint32_t i = 1; i <= channels; ++i)
            commit.changes.emplace_back(
                ledger::ChannelOpened{*mining::ChannelKey::of(Epoch{epoch}, partition * 1000 + i),
                                      {{"kind", "extended"}}});
        return commit;
    }
    void start_gateways() {
        for (std::uint32_t partition = 0; partition < partitions; ++partition) {
            ASSERT_TRUE(commit(work(10, partition, 1, ledger::tip_a, 40)).has_value());
            ASSERT_TRUE(commit(work(30, partition, 1, ledger::tip_b, 40)).has_value());
        }
        ASSERT_TRUE(commit(work(20, 1, 1, ledger::tip_a, 40)).has_value());
    }

    /// As Redis lists them: gateway 30 beats, the others did long ago.
    static std::vector<ledger::SeenMember> members() {
        return {{{"gateway", 30, "c:1"}, 500ms},
                {{"vardiff", 77, "v:1"}, 500ms},
                {{"gateway", 20, "b:1"}, 90s},
                {{"gateway", 10, "a:1"}, 90s}};
    }
    bool round(Reaper& reaper) {
        now_ += 10s;
        return await<bool>([&](auto done) { reaper.run(members(), now_, std::move(done)); });
    }
    /// Until the silence is long enough, and the round that reaps.
    void reap(Reaper& reaper) {
        for (int i = 0; i < 7; ++i) EXPECT_TRUE(round(reaper)) << i;
    }

    std::size_t channels_of(std::uint64_t epoch) {
        return keys_like(fmt::format("*:ch:{:010x}*", epoch));
    }
    std::size_t fields_of(std::uint64_t epoch) {
        std::size_t found = 0;
        for (std::uint32_t partition = 0; partition < partitions; ++partition)
            for (const auto& key : {keys::gateways(partition), keys::tips(partition)}) {
                const auto fields = server_.run({"HKEYS", key});
                for (const auto& field : *fields.array())
                    if (*field.string() == std::to_string(epoch) ||
                        field.string()->starts_with(std::to_string(epoch) + ':'))
                        ++found;
            }
        return found;
    }
    void expect_reaped() {
        EXPECT_EQ(channels_of(10), 0U);
        EXPECT_EQ(channels_of(20), 0U);
        EXPECT_EQ(channels_of(30), 40U * partitions);
        EXPECT_EQ(fields_of(10), 0U);
        EXPECT_EQ(fields_of(20), 0U);
        EXPECT_EQ(keys_like("*:seen:" + keys::tip_name(ledger::tip_a) + ":*"), 0U);
        EXPECT_EQ(keys_like("*:seen:" + keys::tip_name(ledger::tip_b) + ":*"), partitions);
        for (std::uint32_t partition = 0; partition < partitions; ++partition) {
            EXPECT_EQ(commit(work(10, partition, 2, ledger::tip_a)).error(), LedgerError::reaped);
            EXPECT_EQ(commit(work(20, partition, 2, ledger::tip_a)).error(), LedgerError::reaped);
            EXPECT_TRUE(commit(work(30, partition, 2, ledger::tip_b)).has_value());
        }
        EXPECT_EQ(server_.run({"HGET", keys::gateways(0), "floor"}), redis::Reply{"20"});
    }

    base::SteadyTime now_{1h};
};

/// reaping.lua alone, in partition 0, where gateways 10 and 30 have left something.
class ReapingScriptTest : public ReaperTest {
  protected:
    std::int64_t ask(const redis::Args& verb) {
        redis::Args args{keys::partition_prefix(0)};
        args.insert(args.end(), verb.begin(), verb.end());
        const auto reply =
            script(ledger::scripts::reaping, {keys::gateways(0), keys::tips(0)}, args);
        return reply.integer() == nullptr ? -1 : *reply.integer();
    }
    bool is_marked(const std::string& epoch) {
        return integer({"HEXISTS", keys::gateways(0), epoch + ":reaped"}) == 1;
    }
    void name_tips(const std::string& epoch, const std::string& tips) {
        server_.run({"HSET", keys::tips(0), epoch, tips});
    }
    /// A share of this tip in every bucket.
    void fill_seen(const std::string& tip) {
        server_.run({"EVAL", "for i = 0, 1023 do redis.call('SADD', ARGV[1] .. i, 'share') end",
                     "0", "{p0}:seen:" + tip + ":"});
    }
    std::size_t seen(const std::string& tip) { return keys_like("{p0}:seen:" + tip + ":*"); }
};

TEST_F(ReapingScriptTest, AnEpochIsMarkedOnceAndNotUnderTheFloor) {
    EXPECT_EQ(ask({"mark", "10"}), 1);
    EXPECT_EQ(ask({"mark", "10"}), 0);
    EXPECT_EQ(ask({"floor", "20"}), 0);
    EXPECT_EQ(ask({"mark", "19"}), 0);
    EXPECT_EQ(ask({"mark", "20"}), 0);
    EXPECT_FALSE(is_marked("20"));
    EXPECT_EQ(ask({"mark", "21"}), 1);
    EXPECT_TRUE(is_marked("21"));
}

TEST_F(ReapingScriptTest, TheFloorNeverSinksAndTakesTheMarksThatItMakesNeedless) {
    for (const char* epoch : {"8", "9", "10", "11"}) ask({"mark", epoch});
    EXPECT_EQ(ask({"floor", "10", "9", "10", "11"}), 0);
    EXPECT_EQ(server_.run({"HGET", keys::gateways(0), "floor"}), redis::Reply{"10"});
    EXPECT_TRUE(is_marked("8")) << "it is not named";
    EXPECT_FALSE(is_marked("9"));
    EXPECT_FALSE(is_marked("10"));
    EXPECT_TRUE(is_marked("11")) << "the floor does not bar it";
    EXPECT_EQ(ask({"floor", "9", "8"}), 0);
    EXPECT_EQ(server_.run({"HGET", keys::gateways(0), "floor"}), redis::Reply{"10"});
    EXPECT_FALSE(is_marked("8"));
    name_tips("11", "aa");
    EXPECT_EQ(ask({"floor", "11"}), 0);
    EXPECT_EQ(server_.run({"HGET", keys::gateways(0), "floor"}), redis::Reply{"11"});
    EXPECT_TRUE(is_marked("11")) << "nor is it named here";
    EXPECT_EQ(integer({"HEXISTS", keys::tips(0), "11"}), 1) << "it is barred and keeps its tips";
}

TEST_F(ReapingScriptTest, NothingIsTakenFromWhoIsNotBarred) {
    start_gateways();
    ASSERT_TRUE(commit(work(10, 0, 1, ledger::tip_a))->is_replay) << "it counts replays, too";
    const auto left = fields_of(10);
    const auto tip = keys::tip_name(ledger::tip_a);
    ask({"mark", "30"});
    ask({"floor", "9"});
    EXPECT_EQ(ask({"free", "10"}), 0);
    EXPECT_EQ(ask({"end", "10"}), 0);
    EXPECT_EQ(fields_of(10), left);
    EXPECT_EQ(seen(tip), 1U);

    ask({"floor", "10"});
    EXPECT_EQ(ask({"free", "10"}), 0);
    EXPECT_EQ(seen(tip), 0U);
    EXPECT_EQ(ask({"free", "10"}), 0) << "none is left";
    EXPECT_EQ(ask({"end", "10"}), 4);
    EXPECT_EQ(ask({"end", "10"}), 0);
    EXPECT_EQ(seen(keys::tip_name(ledger::tip_b)), 1U);
    EXPECT_TRUE(commit(work(30, 1, 1, ledger::tip_b))->is_replay);
}

TEST_F(ReapingScriptTest, TipsAreFreedOneByOneUnlessSomebodyElseNamesThem) {
    for (const char* tip : {"aa", "bb", "cc", "dd"}) fill_seen(tip);
    name_tips("10", "aa bb cc dd");
    name_tips("30", "dd bb");
    ask({"mark", "10"});
    EXPECT_EQ(ask({"free", "10"}), 3);
    EXPECT_EQ(seen("aa"), 0U);
    EXPECT_EQ(server_.run({"HGET", keys::tips(0), "10"}), redis::Reply{"bb cc dd"});
    EXPECT_EQ(ask({"free", "10"}), 2);
    EXPECT_EQ(seen("bb"), 1'024U) << "30 names it";
    EXPECT_EQ(seen("cc"), 1'024U) << "not yet";
    EXPECT_EQ(ask({"free", "10"}), 1);
    EXPECT_EQ(seen("cc"), 0U);
    EXPECT_EQ(ask({"free", "10"}), 0);
    EXPECT_EQ(seen("dd"), 1'024U) << "30 names it first";
    EXPECT_EQ(integer({"HEXISTS", keys::tips(0), "10"}), 0);
    EXPECT_EQ(server_.run({"HGET", keys::tips(0), "30"}), redis::Reply{"dd bb"});
}

TEST_F(ReapingScriptTest, WhatIsNoTipIsLetGo) {
    ask({"mark", "10"});
    for (const char* tips : {"", "no tip"}) {
        name_tips("10", tips);
        EXPECT_EQ(ask({"free", "10"}), 0);
        EXPECT_EQ(integer({"HEXISTS", keys::tips(0), "10"}), 0);
    }
}

TEST_F(ReaperTest, LeavesNothingOfAGatewayThatIsGoneAndAllOfOneThatLives) {
    start_gateways();
    for (const auto& [member, silent_for] : members()) ledger::beat(client_, member);
    Reaper reaper{client_, settings()};
    for (int i = 0; i < 6; ++i) EXPECT_TRUE(round(reaper));
    EXPECT_EQ(channels_of(10), 40U * partitions) << "too early";
    EXPECT_TRUE(commit(work(10, 0, 1, ledger::tip_a))->is_replay);
    EXPECT_TRUE(round(reaper));
    expect_reaped();
    EXPECT_EQ(reaper.counters().epochs, 2U);
    EXPECT_EQ(reaper.counters().channels, 160U);
    EXPECT_EQ(integer({"ZCARD", keys::members}), 2) << "the operator sees them no longer";
}

TEST_F(ReaperTest, ATipThatALiveGatewayNamesKeepsItsShares) {
    start_gateways();
    auto also = work(30, 0, 2, ledger::tip_b);
    also.live_tips = {ledger::tip_b, ledger::tip_a};
    ASSERT_TRUE(commit(also).has_value());
    Reaper reaper{client_, settings()};
    reap(reaper);
    EXPECT_EQ(keys_like("{p0}:seen:" + keys::tip_name(ledger::tip_a) + ":*"), 1U);
    EXPECT_EQ(keys_like("{p1}:seen:" + keys::tip_name(ledger::tip_a) + ":*"), 0U);
}

TEST_F(ReaperTest, AGatewayThatCommitsIsAliveThoughItsHeartbeatIsCutOff) {
    start_gateways();
    Reaper reaper{client_, settings()};
    for (std::uint64_t i = 2; i < 12; ++i) {
        ASSERT_TRUE(commit(work(10, 2, i, ledger::tip_a)).has_value());
        EXPECT_TRUE(round(reaper));
    }
    EXPECT_EQ(channels_of(10), 40U * partitions);
    EXPECT_EQ(channels_of(20), 0U);
    EXPECT_EQ(server_.run({"HGET", keys::gateways(0), "floor"}).string(), nullptr)
        << "10 lives, and its epoch is below that of 20";
    EXPECT_EQ(commit(work(20, 0, 2, ledger::tip_a)).error(), LedgerError::reaped);
    EXPECT_TRUE(commit(work(10, 0, 2, ledger::tip_a)).has_value());
}

TEST_F(ReaperTest, AGatewayThatComesBackLateIsFencedAndCreditsNothing) {
    start_gateways();
    Reaper reaper{client_, settings()};
    reap(reaper);
    const auto before = integer({"XLEN", keys::log(0)});
    EXPECT_EQ(commit(work(10, 0, 1, ledger::tip_a)).error(), LedgerError::reaped) << "a replay";
    EXPECT_EQ(commit(work(10, 0, 2, ledger::tip_a)).error(), LedgerError::reaped);
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), before);
}

/// Killed after any number of answers: somebody else finds what is left, and finishes it.
TEST_F(ReaperTest, AReaperThatIsKilledAnywhereIsFollowedByOneThatFinishes) {
    base::SeededRandom random{5};
    for (int run = 0; run < 12; ++run) {
        server_.run({"FLUSHALL"});
        start_gateways();
        auto first = std::make_unique<Reaper>(client_, settings());
        for (int i = 0; i < 6; ++i) EXPECT_TRUE(round(*first));
        now_ += 10s;
        bool is_done = false;
        first->run(members(), now_, [&](bool) { is_done = true; });
        for (auto turns = random.next_u64() % 150; turns > 0 && !is_done; --turns)
            io_.run_one_for(20ms);
        first.reset();

        Reaper second{client_, settings()};
        reap(second);
        expect_reaped();
    }
}

TEST_F(ReaperTest, TwoAtOnceDoNoHarm) {
    start_gateways();
    redis::HiredisClient other{io_, config_for(server_), clock_, random_};
    Reaper one{client_, settings()};
    Reaper two{other, settings()};
    for (int i = 0; i < 8; ++i) {
        now_ += 10s;
        int done = 0;
        one.run(members(), now_, [&](bool) { ++done; });
        two.run(members(), now_, [&](bool) { ++done; });
        ASSERT_TRUE(run_until(io_, [&] { return done == 2; }));
    }
    expect_reaped();
}

TEST_F(ReaperTest, ARedisThatWentBackIsReapedAgain) {
    start_gateways();
    Reaper reaper{client_, settings()};
    reap(reaper);
    server_.run({"FLUSHALL"});
    start_gateways();  // as it was before
    EXPECT_TRUE(commit(work(10, 0, 1, ledger::tip_a))->is_replay) << "the fence went, too";
    reap(reaper);
    expect_reaped();
}

TEST_F(ReaperTest, ARedisThatIsAwayEndsTheRoundAndTheWaitBeginsAnew) {
    start_gateways();
    auto config = config_for(server_);
    config.command_timeout = 100ms;
    redis::HiredisClient client{io_, config, clock_, random_};
    Reaper reaper{client, settings()};
    for (int i = 0; i < 6; ++i) EXPECT_TRUE(round(reaper));
    server_.freeze();
    EXPECT_FALSE(round(reaper));
    EXPECT_FALSE(round(reaper));
    server_.thaw();
    EXPECT_TRUE(round(reaper));
    EXPECT_EQ(channels_of(10), 40U * partitions) << "nobody could beat while Redis was away";
    reap(reaper);
    expect_reaped();
}

}  // namespace
}  // namespace vardiff
