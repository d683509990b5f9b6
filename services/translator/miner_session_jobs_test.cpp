#include <gmock/gmock.h>

#include "sv1/notifications.h"
#include "translator/session_testing.h"

namespace translator::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Jobs : public Session {
  protected:
    void give(bool is_clean) { channels.give_job(channels.last(), is_clean); }
    void tick_after(std::chrono::milliseconds by) {
        advance(by);
        miner().session->on_tick();
    }
    static std::string difficulty_line(double difficulty) {
        std::string line;
        sv1::append_call(sv1::SetDifficulty{difficulty}, line);
        line.pop_back();
        return line;
    }
};

TEST_F(Jobs, C247_AreCleanExactlyWhenTheTipOrTheChannelIsNew) {
    begin();
    EXPECT_TRUE(hasher.job().clean_jobs) << "the first";
    channels.new_parts();
    give(false);
    heard();
    EXPECT_FALSE(hasher.job().clean_jobs);
    channels.new_tip();
    give(true);
    heard();
    EXPECT_TRUE(hasher.job().clean_jobs);
    tick_after(45s);
    heard();
    EXPECT_FALSE(hasher.job().clean_jobs) << "again, to keep the miner";
}

TEST_F(Jobs, TheFirstIsCleanWhateverCameBeforeTheMinerListened) {
    say(authorize);
    channels.serve(channels.last());
    channels.new_parts();
    give(false);
    EXPECT_THAT(heard(), ElementsAre(true_for(2)));
    say(subscribe);
    ASSERT_THAT(hasher.jobs, SizeIs(1));
    EXPECT_TRUE(hasher.job().clean_jobs);
}

TEST_F(Jobs, C248_C249_TheirDifficultyGoesRightBeforeThemAndIsNeverAboveTheirTargets) {
    channels.target = sv1::target_of(1000.7);
    begin();
    EXPECT_EQ(hasher.job().difficulty, 1000);
    give(false);
    EXPECT_THAT(heard(), ElementsAre(HasSubstr("mining.notify"))) << "nothing new to say of it";
    channels.target = sv1::target_of(1000.9);
    give(false);
    EXPECT_THAT(heard(), ElementsAre(HasSubstr("mining.notify"))) << "the same in whole numbers";
    channels.target = sv1::target_of(2000);
    EXPECT_THAT(heard(), IsEmpty());
    give(false);
    EXPECT_THAT(heard(), ElementsAre(difficulty_line(2000), HasSubstr("mining.notify")));
    channels.target = sv1::target_of(0.25);
    give(false);
    EXPECT_THAT(heard(), ElementsAre(difficulty_line(0.25), HasSubstr("mining.notify")));
}

TEST_F(Jobs, DifficultiesHaveTheFormThatTheOperatorOrTheFirmwareWants) {
    const struct {
        sv1::Rounding rounding;
        const char* agent;
        double told;
    } cases[] = {
        {sv1::Rounding::none, "cgminer/4.11.1", 1000.5},
        {sv1::Rounding::none, "bitaxe/BM1366", 1000},
        {sv1::Rounding::whole, "cgminer/4.11.1", 1000},
        {sv1::Rounding::power_of_two, "bitaxe/BM1366", 512},
    };
    channels.target = sv1::target_of(1000.5);
    for (const auto& [rounding, agent, told] : cases) {
        settings.rounding = rounding;
        Miner one{context(), parser};
        one.say(R"({"id":1,"method":"mining.subscribe","params":[")" + std::string{agent} +
                R"("]})");
        channels.serve(channels.last());
        Hasher reader;
        reader.read(one.heard());
        EXPECT_EQ(reader.difficulty, told) << agent;
        one.hang_up();
    }
}

TEST_F(Jobs, AMinerGetsItsJobAgainBeforeItTakesSilenceForAnEnd) {
    begin();
    const auto first = hasher.job();
    tick_after(44s);
    EXPECT_THAT(heard(), IsEmpty());
    tick_after(1s);
    EXPECT_THAT(heard(), ElementsAre(HasSubstr("mining.notify")));
    const auto& again = hasher.job();
    EXPECT_NE(again.id, first.id);
    EXPECT_EQ(again.ntime, first.ntime + 45);
    EXPECT_EQ(again.coinbase1, first.coinbase1);
    give(false);
    heard();
    tick_after(44s);
    EXPECT_THAT(heard(), IsEmpty()) << "a job of the pool's is a sign of life too";
    EXPECT_EQ(metrics.notifies_keep_alive.value(), 1U);
}

TEST_F(Jobs, TheNtimeOfARepeatedJobStaysWithinTwoHoursOfTheClock) {
    // The chain's own time runs ahead.
    auto ahead = *channels.tip;
    ahead.min_ntime += 7190;
    channels.tip = std::make_shared<const Tip>(ahead);
    begin();
    EXPECT_EQ(hasher.job().ntime, ahead.min_ntime);
    tick_after(45s);
    heard();
    EXPECT_EQ(hasher.job().ntime, ahead.min_ntime + 45) << "the clock has gone on too";
    auto far = *channels.tip;
    far.min_ntime += 100'000;
    channels.tip = std::make_shared<const Tip>(far);
    give(true);
    heard();
    tick_after(45s);
    heard();
    EXPECT_EQ(hasher.job().ntime, far.min_ntime) << "never below what the tip wants";
}

TEST_F(Jobs, BothJobsOfARepetitionCountAndNoShareTwice) {
    begin();
    const auto first = hasher.job();
    tick_after(45s);
    heard();
    const auto found = hasher.find(first, "bob.rig");
    say(found.line);
    EXPECT_THAT(channels.shares, SizeIs(1));
    // The same header under the other id.
    auto twin = found.line;
    twin.replace(twin.find(first.id), first.id.size(), hasher.job().id);
    EXPECT_THAT(say(twin), ElementsAre(HasSubstr("22,\"Duplicate share\"")));
    EXPECT_THAT(channels.shares, SizeIs(1));
}

TEST_F(Jobs, AMinerThatReadsTooSlowlyGetsTheLatestWhenItHasCaughtUp) {
    begin();
    miner().outlet.backed_up = true;
    channels.new_parts();
    give(false);
    channels.new_parts();
    give(false);
    tick_after(1s);
    EXPECT_THAT(heard(), IsEmpty());
    miner().outlet.backed_up = false;
    tick_after(1s);
    EXPECT_THAT(heard(), ElementsAre(HasSubstr("mining.notify")));
    tick_after(1s);
    EXPECT_THAT(heard(), IsEmpty());
    EXPECT_EQ(metrics.jobs_skipped.value(), 2U);
}

TEST_F(Jobs, ANewTipIsNotHeldBackByWhatIsUnread) {
    begin();
    miner().outlet.backed_up = true;
    channels.new_tip();
    give(true);
    EXPECT_THAT(heard(), ElementsAre(HasSubstr("mining.notify")));
}

TEST_F(Jobs, C254_TheMaskOfAJobWhoseVersionIsFixedIsZero) {
    say(configure);
    begin();
    EXPECT_EQ(hasher.mask, 0x1fffe000U);
    channels.new_parts();
    channels.parts->may_roll_version = false;
    give(false);
    EXPECT_THAT(heard(),
                ElementsAre(HasSubstr(R"("mining.set_version_mask","params":["00000000"])"),
                            HasSubstr("mining.notify")));
    channels.new_parts();
    channels.parts->may_roll_version = true;
    give(false);
    EXPECT_THAT(heard(),
                ElementsAre(HasSubstr(R"("mining.set_version_mask","params":["1fffe000"])"),
                            HasSubstr("mining.notify")));
}

TEST_F(Jobs, WhoHasNotAskedToRollHearsOfNoMask) {
    channels.parts->may_roll_version = false;
    begin();
    channels.new_parts();
    channels.parts->may_roll_version = true;
    give(false);
    EXPECT_THAT(heard(), ElementsAre(HasSubstr("mining.notify")));
}

TEST_F(Jobs, APoolThatFixesVersionsLaterTakesTheMaskBack) {
    say(configure);
    channels.is_version_fixed = true;
    say(subscribe);
    channels.serve(channels.last());
    heard();
    EXPECT_EQ(hasher.mask, 0U);
}

TEST_F(Jobs, C258_AnotherPrefixIsSaidRightBeforeTheJobThatNeedsIt) {
    say(R"({"id":3,"method":"mining.extranonce.subscribe","params":[]})");
    begin();
    channels.prefix = shared_bytes("11223344");
    channels.grant(channels.last());
    EXPECT_THAT(heard(), IsEmpty());
    give(true);
    EXPECT_THAT(
        heard(),
        ElementsAre(R"({"id":null,"method":"mining.set_extranonce","params":["11223344",8]})",
                    HasSubstr("mining.notify")));
    say(share());
    ASSERT_THAT(channels.shares, SizeIs(1));
}

TEST_F(Jobs, C258_WhoCannotBeToldOfAnotherPrefixIsDisconnected) {
    begin();
    channels.prefix = shared_bytes("11223344");
    channels.grant(channels.last());
    EXPECT_EQ(miner().outlet.closed, "extranonce-changed");
    EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(Jobs, WithThePrefixInCoinbase1NoMinerNoticesAnother) {
    settings.prefix_in = PrefixIn::coinbase1;
    begin();
    channels.listener(channels.last()).on_interrupted();
    channels.prefix = shared_bytes("112233445566");
    channels.granted_size = 14;
    channels.grant(channels.last());
    give(true);
    EXPECT_THAT(heard(), ElementsAre(HasSubstr("mining.notify")));
    EXPECT_THAT(base::to_hex(hasher.job().coinbase1), EndsWith("1122334455660000"));
    EXPECT_TRUE(hasher.job().clean_jobs);
    say(share());
    ASSERT_THAT(channels.shares, SizeIs(1));
    EXPECT_THAT(channels.shares[0].extranonce, SizeIs(14));
}

TEST_F(Jobs, WithThePrefixInCoinbase1FewerBytesThanWereToldAreSaidOrEndTheConnection) {
    settings.prefix_in = PrefixIn::coinbase1;
    channels.granted_size = 8;
    say(subscribe);
    EXPECT_EQ(hasher.extranonce2_size, 8U) << "nobody knows yet";
    say(authorize);
    channels.grant(channels.last());
    EXPECT_EQ(miner().outlet.closed, "extranonce-changed");
    heard();
    reconnect();
    say(subscribe);
    EXPECT_EQ(hasher.extranonce2_size, 4U) << "but now";
    say(authorize);
    channels.serve(channels.last());
    heard();
    say(share());
    EXPECT_THAT(channels.shares, SizeIs(1));
}

TEST_F(Jobs, WhatOtherChannelsHaveIsTheFirstGuess) {
    settings.prefix_in = PrefixIn::coinbase1;
    channels.known_extranonce_size = 9;
    say(subscribe);
    EXPECT_EQ(hasher.extranonce2_size, 5U);
    EXPECT_EQ(hasher.extranonce1.size(), 4U);
    say(authorize);
    EXPECT_EQ(channels.asked().min_extranonce_size, 9U);
}

TEST_F(Jobs, AChannelThatNoMinerCanUseEndsItsConnection) {
    channels.granted_size = 0;
    say(subscribe);
    channels.grant(channels.last());
    EXPECT_THAT(heard(), ElementsAre(HasSubstr("unusable-extranonce")));
    EXPECT_EQ(miner().outlet.closed, "channel-refused");
    EXPECT_THAT(channels.channels, IsEmpty());
}

TEST_F(Jobs, HowLongANewTipTookIsMeasuredByWhoWasThere) {
    channels.new_tip();
    advance(300s);
    begin();
    EXPECT_EQ(metrics.new_block_last_notify_seconds.value(), 0) << "it has only just come";
    channels.new_tip();
    clock.advance(20ms);
    give(true);
    EXPECT_DOUBLE_EQ(metrics.new_block_last_notify_seconds.value(), 0.02);
    channels.new_parts();
    clock.advance(30s);
    give(false);
    EXPECT_DOUBLE_EQ(metrics.new_block_last_notify_seconds.value(), 0.02);
}

TEST_F(Jobs, TenMinersOfOneJobShareItAndItsText) {
    std::vector<std::unique_ptr<Miner>> miners;

    for (int i = 0; i < 10; ++i) {
        auto& one = *miners.emplace_back(std::make_unique<Miner>(context(), parser));
        one.say(subscribe);
        channels.serve(channels.last());
    }
    EXPECT_EQ(context().jobs.size(), 1U);
}

}  // namespace
}  // namespace translator::testing
