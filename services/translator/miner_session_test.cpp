#include "translator/miner_session.h"

#include <gmock/gmock.h>

#include "translator/session_testing.h"

namespace translator::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(Session, SubscribeWaitsForTheChannelWhoseExtranonceItTells) {
    EXPECT_THAT(say(subscribe), IsEmpty());
    EXPECT_THAT(say(authorize), IsEmpty());
    EXPECT_TRUE(miner().session->has_unanswered());
    EXPECT_EQ(channels.channels.size(), 1U);
    channels.grant(channels.last());
    EXPECT_THAT(heard(), ElementsAre(HasSubstr(R"("aabbccdd",8],"error":null})"), true_for(2)));
    EXPECT_FALSE(miner().session->has_unanswered());
    channels.give_job(channels.last(), true);
    EXPECT_THAT(heard(), ElementsAre(HasSubstr("set_difficulty"), HasSubstr("mining.notify")));
}

TEST_F(Session, WithThePrefixInCoinbase1SubscribeIsAnsweredAtOnceAndAuthorizeOpensTheChannel) {
    settings.prefix_in = PrefixIn::coinbase1;
    settings.identity_follows_user = true;
    EXPECT_THAT(say(subscribe), ElementsAre(EndsWith(R"(,8],"error":null})")));
    EXPECT_EQ(hasher.extranonce1.size(), 4U);
    EXPECT_THAT(channels.channels, IsEmpty());
    EXPECT_THAT(say(authorize), IsEmpty());
    EXPECT_EQ(channels.asked().user, "bob.rig");
    EXPECT_EQ(channels.asked().min_extranonce_size, 12U);
    channels.serve(channels.last());
    EXPECT_THAT(heard(),
                ElementsAre(true_for(2), HasSubstr("set_difficulty"), HasSubstr("notify")));
    EXPECT_THAT(base::to_hex(hasher.job().coinbase1), EndsWith("aabbccdd"));
}

TEST_F(Session, AnswersInTheOrderOfTheRequestsWhateverWaits) {
    say(R"({"id":1,"method":"mining.configure","params":[["version-rolling"],{}]})");
    EXPECT_THAT(say(subscribe), IsEmpty());
    EXPECT_THAT(say(R"({"id":3,"method":"mining.extranonce.subscribe","params":[]})"), IsEmpty());
    EXPECT_THAT(say(authorize), IsEmpty());
    EXPECT_THAT(say(R"({"id":"five","method":"mining.suggest_difficulty","params":[512]})"),
                IsEmpty());
    EXPECT_THAT(say(R"({"id":null,"method":"mining.what","params":[]})"), IsEmpty());
    channels.grant(channels.last());
    EXPECT_THAT(heard(),
                ElementsAre(StartsWith(R"({"id":1,"result":[[)"), true_for(3), true_for(2),
                            true_for("\"five\""),
                            R"({"id":null,"result":null,"error":[20,"Not supported",null]})"));
}

TEST_F(Session, ACgminerHearsNothingBeforeTheAnswerToItsConfigure) {
    const auto heard_first =
        say(R"({"id": 0, "method": "mining.configure", "params": [["version-rolling"], )"
            R"({"version-rolling.mask": "ffffffff"}]})");
    EXPECT_THAT(heard_first, ElementsAre(R"({"id":0,"result":{"version-rolling":true,)"
                                         R"("version-rolling.mask":"1fffffe0"},"error":null})"));
    advance(10min);
    miner().session->on_tick();
    EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(Session, AuthorizeFirstOpensTheChannelToo) {
    EXPECT_THAT(say(authorize), IsEmpty());
    channels.serve(channels.last());
    EXPECT_THAT(heard(), ElementsAre(true_for(2))) << "no job before subscribe's answer";
    EXPECT_THAT(say(subscribe), ElementsAre(StartsWith(R"({"id":1,"result":[[)"),
                                            HasSubstr("set_difficulty"), HasSubstr("notify")));
    EXPECT_EQ(channels.channels.size(), 1U);
}

TEST_F(Session, ASecondSubscribeIsAnsweredWithTheSame) {
    begin();
    const auto extranonce1 = hasher.extranonce1;
    const auto session = hasher.session;
    EXPECT_THAT(say(subscribe), SizeIs(1));
    EXPECT_EQ(hasher.extranonce1, extranonce1);
    EXPECT_EQ(hasher.session, session);
    EXPECT_EQ(channels.channels.size(), 1U);
}

TEST_F(Session, C252_ConfigureAnswersEveryExtensionThatItLists) {
    settings.version_mask = 0x1fffe000;
    EXPECT_THAT(
        say(R"({"id":1,"method":"mining.configure","params":[["version-rolling",)"
            R"("minimum-difficulty","subscribe-extranonce","info","fly"],)"
            R"({"version-rolling.mask":"18000000","version-rolling.min-bit-count":"2",)"
            R"("minimum-difficulty.value":2048}]})"),
        ElementsAre(R"({"id":1,"result":{"version-rolling":true,"version-rolling.mask":"18000000",)"
                    R"("minimum-difficulty":true,"subscribe-extranonce":true,"info":false,)"
                    R"("fly":false},"error":null})"));
    say(subscribe);
    EXPECT_EQ(channels.asked().max_target, sv1::target_of(2048));
}

TEST_F(Session, AMinimumDifficultyOnceTheChannelIsOpenBecomesItsMaxTarget) {
    begin();
    say(R"({"id":9,"method":"mining.configure","params":[["minimum-difficulty"],)"
        R"({"minimum-difficulty.value":4096}]})");
    EXPECT_EQ(channels.asked().max_target, sv1::target_of(4096));
}

TEST_F(Session, OfAPoolThatFixesVersionsNothingMayBeRolled) {
    channels.is_version_fixed = true;
    begin();
    EXPECT_THAT(say(R"({"id":3,"method":"mining.configure","params":[["version-rolling"],{}]})"),
                ElementsAre(R"({"id":3,"result":{"version-rolling":false},"error":null})"));
}

TEST_F(Session, AnAccountThatThePoolDoesNotKnowIsNotAuthorizedAndMayTryAnother) {
    settings.prefix_in = PrefixIn::coinbase1;
    settings.identity_follows_user = true;
    say(subscribe);
    say(authorize);
    channels.refuse(channels.last(), "unknown-user");
    EXPECT_THAT(heard(), ElementsAre(R"({"id":2,"result":false,"error":null})"));
    EXPECT_FALSE(miner().outlet.closed);
    say(R"({"id":3,"method":"mining.authorize","params":["alice","x"]})");
    EXPECT_EQ(channels.asked().user, "alice");
    channels.grant(channels.last());
    EXPECT_THAT(heard(), ElementsAre(true_for(3)));
}

TEST_F(Session, WhoIsRefusedAgainAndAgainHasToGo) {
    settings.prefix_in = PrefixIn::coinbase1;
    say(subscribe);
    for (std::size_t i = 0; i <= MinerSession::refusals_max; ++i) {
        EXPECT_FALSE(miner().outlet.closed);
        say(authorize);
        channels.refuse(channels.last(), "unknown-user");
    }
    EXPECT_EQ(miner().outlet.closed, "channel-refused");
}

TEST_F(Session, ARefusedSubscribeIsAnsweredWithTheReasonAndTheEnd) {
    say(subscribe);
    channels.refuse(channels.last(), "un\"known\xff");
    EXPECT_THAT(heard(), ElementsAre(R"({"id":1,"result":null,"error":[20,"The pool has refused: )"
                                     R"(un\"known?",null]})"));
    EXPECT_EQ(miner().outlet.closed, "channel-refused");
}

TEST_F(Session, AChannelThatThePoolClosesEndsItsMinerAlone) {
    begin();
    Miner other{context(), parser};
    other.say(subscribe);
    channels.serve(channels.last());
    const auto first = channels.channels.begin()->first;
    channels.refuse({first}, "closed");
    EXPECT_EQ(miner().outlet.closed, "channel-closed");
    EXPECT_FALSE(other.outlet.closed);
}

TEST_F(Session, AsksForLessWhereThePoolFindsItTooMuch) {
    settings.prefix_in = PrefixIn::coinbase1;
    say(subscribe);
    say(R"({"id":1,"method":"mining.configure","params":[["minimum-difficulty"],)"
        R"({"minimum-difficulty.value":4096}]})");
    say(authorize);
    for (const std::size_t size : {12U, 8U, 4U, 2U}) {
        EXPECT_EQ(channels.asked().min_extranonce_size, size);
        if (size != 2) channels.refuse(channels.last(), "min-extranonce-size-too-large");
    }
    EXPECT_NE(channels.asked().max_target, bitcoin::target_max());
    channels.refuse(channels.last(), "max-target-out-of-range");
    EXPECT_EQ(channels.asked().max_target, bitcoin::target_max());
    EXPECT_THAT(heard(), IsEmpty());
    channels.refuse(channels.last(), "unsupported-min-extranonce-size");
    EXPECT_THAT(heard(), ElementsAre(R"({"id":2,"result":false,"error":null})"));
}

TEST_F(Session, MoreWorkersOfTheAccountMayJoin) {
    settings.identity_follows_user = true;
    begin();
    const auto join = [&](std::string_view user) {
        return say(R"({"id":3,"method":"mining.authorize","params":[")" + std::string{user} +
                   R"(","x"]})");
    };
    EXPECT_THAT(join("bob.rig"), ElementsAre(true_for(3))) << "once more";
    // In this layout the channel was opened before anybody had said who it is.
    EXPECT_THAT(join("bob.other"), ElementsAre(true_for(3)));
    EXPECT_THAT(miner().session->status().workers, ElementsAre("bob.rig", "bob.other"));
}

TEST_F(Session, AnotherAccountMayNotWhereItsSharesWouldBeCreditedToTheFirst) {
    settings.prefix_in = PrefixIn::coinbase1;
    settings.identity_follows_user = true;
    begin();
    EXPECT_THAT(say(R"({"id":3,"method":"mining.authorize","params":["alice.rig","x"]})"),
                ElementsAre(R"({"id":3,"result":false,"error":null})"));
    EXPECT_THAT(say(R"({"id":4,"method":"mining.authorize","params":["","x"]})"),
                ElementsAre(R"({"id":4,"result":false,"error":null})"));
}

TEST_F(Session, AnotherAccountMayWhereAllAreCreditedToOneAnyway) {
    settings.prefix_in = PrefixIn::coinbase1;
    begin();
    EXPECT_THAT(say(R"({"id":3,"method":"mining.authorize","params":["alice.rig","x"]})"),
                ElementsAre(true_for(3)));
}

TEST_F(Session, NobodyAuthorizesWorkersWithoutEnd) {
    begin();
    for (std::size_t i = 1; i < MinerSession::workers_max; ++i)
        EXPECT_THAT(say(R"({"id":3,"method":"mining.authorize","params":["w)" + std::to_string(i) +
                        R"(","x"]})"),
                    ElementsAre(true_for(3)));
    EXPECT_THAT(say(R"({"id":3,"method":"mining.authorize","params":["one too many","x"]})"),
                ElementsAre(R"({"id":3,"result":false,"error":null})"));
}

TEST_F(Session, AWishIsWhereTheChannelStarts) {
    say(R"({"id":1,"method":"mining.suggest_difficulty","params":["1000"]})");
    say(subscribe);
    EXPECT_EQ(channels.asked().nominal_hash_rate_hps, 1000 * 4294967296.0 / 10);
}

TEST_F(Session, AWishAfterTheOpeningIsPassedOnUntilSharesSayMore) {
    begin();
    say(R"({"id":3,"method":"mining.suggest_difficulty","params":[1000]})");
    EXPECT_EQ(channels.asked().nominal_hash_rate_hps, 1000 * 4294967296.0 / 10);
    say(R"({"id":4,"method":"mining.suggest_difficulty","params":[1000]})");
    EXPECT_EQ(channels.channels.rbegin()->second.updates, 1) << "as a keep-alive it says nothing";
    say(R"({"id":5,"method":"mining.suggest_target","params":[")" +
        sv1::target_of(2000).value.to_be_hex() + R"("]})");
    EXPECT_EQ(channels.asked().nominal_hash_rate_hps, 2000 * 4294967296.0 / 10);

    say(hasher.find(hasher.job(), "bob.rig").line);
    channels.verdict(channels.shares[0].ticket, Verdict::accepted);
    say(R"({"id":6,"method":"mining.suggest_difficulty","params":[7]})");
    EXPECT_EQ(channels.channels.rbegin()->second.updates, 2);
}

TEST_F(Session, APasswordMayWishToo) {
    settings.prefix_in = PrefixIn::coinbase1;
    say(subscribe);
    say(R"({"id":2,"method":"mining.authorize","params":["bob","x,d=64"]})");
    EXPECT_EQ(channels.asked().nominal_hash_rate_hps, 64 * 4294967296.0 / 10);
}

TEST_F(Session, NiceHashGetsNothingEasierThanItTakes) {
    say(R"({"id":1,"method":"mining.subscribe","params":["NiceHash/1.0.0",null,"pool",3333]})");
    EXPECT_EQ(channels.asked().max_target, sv1::target_of(524'288));
}

TEST_F(Session, AnswersPingsAndVersionsAndSaysWhatItDoesNotDo) {
    EXPECT_THAT(say(R"({"id":1,"method":"mining.ping","params":[]})"),
                ElementsAre(R"({"id":1,"result":"pong","error":null})"));
    EXPECT_THAT(say(R"({"id":2,"method":"client.get_version","params":[]})"),
                ElementsAre(StartsWith(R"({"id":2,"result":"adit-translator/)")));
    for (const auto* method : {"mining.get_transactions", "mining.multi_version", "eth_submit",
                               "mining.set_difficulty", "client.show_message"})
        EXPECT_THAT(say(R"({"id":3,"method":")" + std::string{method} + R"(","params":["1"]})"),
                    ElementsAre(R"({"id":3,"result":null,"error":[20,"Not supported",null]})"))
            << method;
    EXPECT_THAT(say(R"({"id":9,"result":"pong","error":null})"), IsEmpty());
    EXPECT_THAT(say(R"({"method":"mining.ping","params":[]})"), IsEmpty()) << "nobody asked";
}

TEST_F(Session, BadLinesAreAnsweredUntilThereAreTooMany) {
    for (std::size_t i = 0; i < MinerSession::bad_lines_max; ++i)
        EXPECT_THAT(say("GET / HTTP/1.1"),
                    ElementsAre(R"({"id":null,"result":null,"error":[20,"not-json",null]})"));
    EXPECT_FALSE(miner().outlet.closed);
    say("{");
    EXPECT_EQ(miner().outlet.closed, "bad-lines");
    EXPECT_THAT(say(subscribe), IsEmpty()) << "it is over";
}

TEST_F(Session, HoldsAFewRequestsAndNoMore) {
    say(subscribe);
    for (std::size_t i = 1; i < MinerSession::held_max; ++i)
        say(R"({"id":3,"method":"mining.ping","params":[]})");
    EXPECT_FALSE(miner().outlet.closed);
    say(R"({"id":3,"method":"mining.ping","params":[]})");
    EXPECT_EQ(miner().outlet.closed, "too-many-requests");
}

TEST_F(Session, LeavesAPoolThatDoesNotComeAndNotBefore) {
    say(subscribe);
    advance(59s);
    miner().session->on_tick();
    EXPECT_FALSE(miner().outlet.closed);
    advance(1s);
    miner().session->on_tick();
    EXPECT_EQ(miner().outlet.closed, "no-pool");
}

TEST_F(Session, LeavesAPoolThatIsGoneAndStaysGone) {
    begin();
    channels.unserved = clock.steady_now();
    channels.listener(channels.last()).on_interrupted();
    advance(59s);
    miner().session->on_tick();
    EXPECT_FALSE(miner().outlet.closed);
    advance(1s);
    miner().session->on_tick();
    EXPECT_EQ(miner().outlet.closed, "no-pool");
}

TEST_F(Session, AsksToLeaveOnceAndOnlyWhoListens) {
    miner().session->ask_to_leave();
    EXPECT_THAT(heard(), IsEmpty());
    Miner other{context(), parser};
    other.say(subscribe);
    channels.serve(channels.last());
    other.heard();
    other.session->ask_to_leave();
    other.session->ask_to_leave();
    EXPECT_THAT(other.heard(),
                ElementsAre(R"({"id":null,"method":"client.reconnect","params":[]})"));
}

TEST_F(Session, TellsItsStatus) {
    begin();
    advance(1s);
    say(hasher.find(hasher.job(), "bob.rig").line);
    channels.verdict(channels.shares[0].ticket, Verdict::accepted);
    say(hasher.find_low(hasher.job(), "bob.rig").line);
    const auto status = miner().session->status();
    EXPECT_THAT(status.workers, ElementsAre("bob.rig"));
    EXPECT_EQ(status.agent, "test/1");
    EXPECT_EQ(status.firmware, "other");
    EXPECT_EQ(status.session, hasher.session);
    EXPECT_TRUE(status.is_subscribed && status.has_job);
    EXPECT_EQ(status.difficulty, hasher.difficulty);
    EXPECT_GT(status.hash_rate_hps, 0);
    EXPECT_EQ(status.accepted, 1U);
    EXPECT_EQ(status.rejected_total(), 1U);
    EXPECT_EQ(status.rejected[static_cast<std::size_t>(ShareReason::low)], 1U);
    EXPECT_EQ(status.last_share, clock.steady_now());
}

}  // namespace
}  // namespace translator::testing
