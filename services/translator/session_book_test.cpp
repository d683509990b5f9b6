#include "translator/session_book.h"

#include <gmock/gmock.h>

#include "translator/session_testing.h"

namespace translator::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(SessionId, IsSixteenDigits) {
    EXPECT_EQ(to_text(SessionId{0x0123456789abcdef}), "0123456789abcdef");
    EXPECT_EQ(parse_session_id("0123456789abcdef"), SessionId{0x0123456789abcdef});
    EXPECT_EQ(parse_session_id(to_text(SessionId{7})), SessionId{7});
    for (const auto* text : {"", "1", "0123456789abcdeg", "0123456789abcdef0", "-123456789abcdef",
                             "0x23456789abcdef", " 123456789abcdef"})
        EXPECT_EQ(parse_session_id(text), std::nullopt) << text;
}

class Resume : public Session {
  protected:
    std::vector<std::string> subscribe_again() {
        return say(R"({"id":1,"method":"mining.subscribe","params":["test/1",")" + hasher.session +
                   R"("]})");
    }
};

TEST_F(Resume, GivesAMinerItsExtranonceItsChannelAndItsJobsBack) {
    begin();
    const auto extranonce1 = hasher.extranonce1;
    const auto session = hasher.session;
    const auto old = hasher.job();
    reconnect();
    advance(29s);
    EXPECT_THAT(subscribe_again(), ElementsAre(StartsWith(R"({"id":1,"result":[[)"),
                                               HasSubstr("set_difficulty"), HasSubstr("notify")));
    EXPECT_EQ(hasher.extranonce1, extranonce1);
    EXPECT_EQ(hasher.session, session);
    EXPECT_FALSE(hasher.job().clean_jobs) << "what it is at still counts";
    EXPECT_THAT(say(authorize), ElementsAre(true_for(2)));
    say(hasher.find(old, "bob.rig").line);
    EXPECT_THAT(channels.shares, SizeIs(1));
    EXPECT_THAT(channels.channels, SizeIs(1));
    EXPECT_EQ(channels.channels.begin()->second.updates, 0) << "the pool knows its hash rate";
    EXPECT_EQ(metrics.resumed.value(), 1U);
}

TEST_F(Resume, KeepsWhatCameMeanwhile) {
    begin();
    const auto old = hasher.job();
    reconnect();
    channels.new_tip();
    channels.give_job(channels.last(), true);
    subscribe_again();
    EXPECT_TRUE(hasher.job().clean_jobs);
    say(authorize);
    const auto answers = say(hasher.find(old, "bob.rig").line);
    EXPECT_THAT(answers, ElementsAre(error_for(hasher.last_id(), 21, "Job not found")));
}

TEST_F(Resume, C128_C259_WhoDoesNotComeBackInTimeHasItsChannelClosed) {
    begin();
    const auto session = hasher.session;
    reconnect();
    EXPECT_EQ(channels.closed, 0);
    advance(30s);
    EXPECT_EQ(channels.closed, 1);
    EXPECT_THAT(subscribe_again(), IsEmpty()) << "a new channel, which the pool has to open";
    channels.serve(channels.last());
    heard();
    EXPECT_NE(hasher.session, session);
}

TEST_F(Resume, C259_NothingIsKeptForWhoIsSentAway) {
    begin();
    miner().session->ask_to_leave();
    reconnect();
    EXPECT_EQ(channels.closed, 1);
    EXPECT_EQ(context().sessions.size(), 0U);
}

TEST_F(Resume, C259_NothingIsKeptForWhoWasNeverTold) {
    say(authorize);
    channels.serve(channels.last());
    heard();
    reconnect();
    EXPECT_EQ(channels.closed, 1);
}

TEST_F(Resume, NothingIsKeptWhereTheOperatorSaysSo) {
    settings.resume_within = 0s;
    begin();
    reconnect();
    EXPECT_EQ(channels.closed, 1);
}

TEST_F(Resume, AnUnknownSessionIsANewOne) {
    begin();
    hasher.session = "ffffffffffffffff";
    reconnect();
    EXPECT_THAT(subscribe_again(), IsEmpty());
    EXPECT_THAT(channels.channels, SizeIs(2));
    hasher.session = "08000002";
    reconnect();
    EXPECT_THAT(subscribe_again(), IsEmpty());
}

TEST_F(Resume, AChannelThatThePoolClosedMeanwhileIsNoChannel) {
    begin();
    reconnect();
    channels.refuse(channels.last(), "closed");
    EXPECT_THAT(subscribe_again(), IsEmpty());
    channels.serve(channels.last());
    EXPECT_THAT(heard(), SizeIs(3));
}

TEST_F(Resume, InANewAccountsNameTheChannelIsOpenedAnew) {
    settings.prefix_in = PrefixIn::coinbase1;
    settings.identity_follows_user = true;
    begin();
    reconnect();
    subscribe_again();
    EXPECT_THAT(say(R"({"id":2,"method":"mining.authorize","params":["alice","x"]})"), IsEmpty());
    EXPECT_EQ(channels.asked().user, "alice");
    EXPECT_EQ(channels.closed, 1);
    channels.serve(channels.last());
    EXPECT_THAT(heard(), ElementsAre(true_for(2), HasSubstr("notify")));
    EXPECT_TRUE(hasher.job().clean_jobs);
}

TEST_F(Resume, VerdictsOnSharesOfTheOldConnectionAreNobodysAnswers) {
    begin();
    say(share());
    reconnect();
    channels.verdict(channels.shares[0].ticket, Verdict::accepted);
    subscribe_again();
    advance(2s);
    channels.verdict(channels.shares[0].ticket, Verdict::low, "late");
    EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(Resume, TheSameSessionComesAndGoesManyTimes) {
    begin();
    for (int i = 0; i < 5; ++i) {
        reconnect();
        advance(20s);
        subscribe_again();
    }
    EXPECT_THAT(channels.channels, SizeIs(1));
    reconnect();
    advance(30s);
    EXPECT_THAT(channels.channels, IsEmpty());
}

}  // namespace
}  // namespace translator::testing
