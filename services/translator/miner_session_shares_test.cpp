#include <gmock/gmock.h>

#include "sv1/requests.h"
#include "translator/session_testing.h"

namespace translator::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Shares : public Session {
  protected:
    std::uint64_t rejected(ShareReason reason) { return metrics.shares_rejected(reason).value(); }
    std::vector<std::string> answers{};
    /// One that is fine but for what the caller changes.
    std::string almost(const Hasher::Job& job, const auto& change) {
        sv1::Submit submit{.worker = "bob.rig", .job_id = job.id, .ntime = job.ntime};
        submit.extranonce2.size = job.extranonce2_size;
        change(submit);
        std::string line;
        sv1::append_call(sv1::Id::of(std::uint64_t{7}), submit, line);
        line.pop_back();
        return line;
    }
};

TEST_F(Shares, C260_AreAnsweredWithThePoolsVerdict) {
    const struct {
        Verdict verdict;
        const char* code;
        const char* answer;
    } cases[] = {
        {Verdict::accepted, "", R"("result":true,"error":null)"},
        {Verdict::stale, "stale-share", R"("result":null,"error":[21,"Job not found",null])"},
        {Verdict::duplicate, "duplicate-share",
         R"("result":null,"error":[22,"Duplicate share",null])"},
        {Verdict::low, "difficulty-too-low",
         R"("result":null,"error":[23,"Low difficulty share",null])"},
        {Verdict::rejected, "invalid-share",
         R"("result":null,"error":[20,"The pool has refused it: invalid-share",null])"},
        {Verdict::unknown, "", R"("result":true,"error":null)"},
    };
    begin();
    for (const auto& [verdict, code, answer] : cases) {
        EXPECT_THAT(say(share()), IsEmpty());
        EXPECT_TRUE(miner().session->has_unanswered());
        channels.verdict(channels.shares.back().ticket, verdict, code);
        EXPECT_THAT(heard(), ElementsAre(HasSubstr(answer)));
        EXPECT_FALSE(miner().session->has_unanswered());
    }
    EXPECT_EQ(metrics.shares_unconfirmed.value(), 1U);
    EXPECT_EQ(metrics.shares_accepted.value(), 2U);
}

TEST_F(Shares, C260_AreAnsweredFromTheLocalCheckWhenTheVerdictTakesTooLong) {
    begin();
    say(share());
    advance(999ms);
    EXPECT_THAT(heard(), IsEmpty());
    advance(1ms);
    EXPECT_THAT(heard(), ElementsAre(true_for_last()));
    channels.verdict(channels.shares[0].ticket, Verdict::accepted);
    EXPECT_THAT(heard(), IsEmpty());
    EXPECT_EQ(miner().session->status().disagreed, 0U);
}

TEST_F(Shares, ALaterDisagreementIsCountedByItsReason) {
    begin();
    for (const auto verdict : {Verdict::stale, Verdict::low, Verdict::unknown}) {
        say(share());
        advance(1s);
        channels.verdict(channels.shares.back().ticket, verdict, "why");
    }
    EXPECT_EQ(metrics.shares_disagreed(Verdict::stale).value(), 1U);
    EXPECT_EQ(metrics.shares_disagreed(Verdict::low).value(), 1U);
    EXPECT_EQ(metrics.shares_unconfirmed.value(), 1U);
    EXPECT_EQ(miner().session->status().disagreed, 2U);
    EXPECT_EQ(miner().session->status().accepted, 3U);
}

TEST_F(Shares, BehindAPoolWhoseVerdictsTakeLongerNobodyWaits) {
    begin();
    channels.usual_verdict_time = 1001ms;
    answers = say(share());
    EXPECT_THAT(answers, ElementsAre(true_for_last()));
    channels.verdict(channels.shares[0].ticket, Verdict::duplicate);
    EXPECT_EQ(metrics.shares_disagreed(Verdict::duplicate).value(), 1U);
    channels.usual_verdict_time = 1s;
    EXPECT_THAT(say(share()), IsEmpty());
}

TEST_F(Shares, MoreThanAFewWaitForNoVerdict) {
    begin();
    for (std::size_t i = 0; i < MinerSession::unanswered_max; ++i)
        EXPECT_THAT(say(share()), IsEmpty());
    answers = say(share());
    EXPECT_THAT(answers, ElementsAre(true_for_last()));
    advance(1s);
    EXPECT_THAT(heard(), SizeIs(MinerSession::unanswered_max));
}

TEST_F(Shares, C260_SayWhatIsWrongWithThem) {
    say(configure);
    begin();
    const auto job = hasher.job();
    const auto with_bits = [](sv1::Submit& share) { share.version_bits = 0; };
    const struct {
        const char* when;
        std::string line;
        std::string answer;
        ShareReason reason;
    } cases[] = {
        {"malformed", R"({"id":7,"method":"mining.submit","params":["bob.rig","1","zz"]})",
         error_for(7, 20, "The extranonce is not hexadecimal or too long"), ShareReason::malformed},
        {"too few parameters", R"({"id":7,"method":"mining.submit","params":["bob.rig"]})",
         error_for(7, 20, "A parameter is missing"), ShareReason::malformed},
        {"somebody else", almost(job, [](auto& share) { share.worker = "eve"; }),
         error_for(7, 24, "Unauthorized worker"), ShareReason::unauthorized},
        {"no such job", almost(job, [](auto& share) { share.job_id = "0"; }),
         error_for(7, 21, "Job not found"), ShareReason::unknown_job},
        {"no number", almost(job, [](auto& share) { share.job_id = "x"; }),
         error_for(7, 21, "Job not found"), ShareReason::unknown_job},
        {"five parameters of six", almost(job, [](auto&) {}),
         error_for(7, 20, "Version bits missing"), ShareReason::version},
        {"outside the mask", almost(job, [](auto& share) { share.version_bits = 1; }),
         error_for(7, 20, "Version bits outside the mask"), ShareReason::version},
        {"a short extranonce2",
         almost(job,
                [&](auto& share) {
                    with_bits(share);
                    share.extranonce2.size = 7;
                }),
         error_for(7, 20, "extranonce2 has the wrong size"), ShareReason::extranonce2},
        {"too early",
         almost(job,
                [&](auto& share) {
                    with_bits(share);
                    --share.ntime;
                }),
         error_for(7, 20, "ntime is before the block's earliest"), ShareReason::ntime},
        {"too late",
         almost(job,
                [&](auto& share) {
                    with_bits(share);
                    share.ntime += 7201;
                }),
         error_for(7, 20, "ntime is more than two hours ahead"), ShareReason::ntime},
    };
    for (const auto& [when, line, answer, reason] : cases) {
        SCOPED_TRACE(when);
        const auto before = rejected(reason);
        EXPECT_THAT(miner().say(line), ElementsAre(answer));
        EXPECT_EQ(rejected(reason), before + 1);
    }
    EXPECT_THAT(channels.shares, IsEmpty());
    EXPECT_FALSE(miner().outlet.closed);
}

TEST_F(Shares, C260_BeforeSubscribeAreAnsweredSo) {
    EXPECT_THAT(miner().say(R"({"id":7,"method":"mining.submit","params":)"
                            R"(["bob","1","0000000000000000","00000000","00000000"]})"),
                ElementsAre(error_for(7, 25, "Not subscribed")));
    say(subscribe);
    channels.serve(channels.last());
    heard();
    answers = say(share());
    EXPECT_THAT(answers, ElementsAre(error_for(hasher.last_id(), 24, "Unauthorized worker")));
}

TEST_F(Shares, C260_LowAndDuplicateOnesAreFoundHere) {
    begin();
    answers = say(hasher.find_low(hasher.job(), "bob.rig").line);
    EXPECT_THAT(answers, ElementsAre(error_for(hasher.last_id(), 23, "Low difficulty share")));
    const auto line = share();
    say(line);
    answers = say(line);
    EXPECT_THAT(answers, ElementsAre(error_for(hasher.last_id(), 22, "Duplicate share")));
    EXPECT_THAT(channels.shares, SizeIs(1));
}

TEST_F(Shares, OfAJobBeforeTheCleanOneAreStaleAndNobodyIsDisconnected) {
    begin();
    const auto old = hasher.job();
    channels.new_parts();
    channels.give_job(channels.last(), false);
    heard();
    say(hasher.find(old, "bob.rig").line);
    EXPECT_THAT(channels.shares, SizeIs(1)) << "a past job still counts";
    channels.new_tip();
    channels.give_job(channels.last(), true);
    heard();
    for (int i = 0; i < 50; ++i) {
        answers = say(hasher.find(old, "bob.rig").line);
        EXPECT_THAT(answers, ElementsAre(error_for(hasher.last_id(), 21, "Job not found")));
    }
    EXPECT_EQ(rejected(ShareReason::stale), 50U);
    EXPECT_FALSE(miner().outlet.closed);
    say(share());
    EXPECT_THAT(channels.shares, SizeIs(2));
}

TEST_F(Shares, WhileNoPoolIsThereAreAnsweredSo) {
    begin();
    say(share());
    channels.listener(channels.last()).on_interrupted();
    answers = say(share());
    EXPECT_THAT(answers,
                ElementsAre(error_for(hasher.last_id(), 21,
                                      "No pool is connected that could credit the share")));
    EXPECT_EQ(rejected(ShareReason::no_pool), 1U);
    // The same channel behind the next pool.
    channels.serve(channels.last());
    heard();
    say(share());
    EXPECT_THAT(channels.shares, SizeIs(2));
}

TEST_F(Shares, ThatNobodyTakesAnyMoreAreStale) {
    begin();
    channels.takes_nothing = true;
    answers = say(share());
    EXPECT_THAT(answers, ElementsAre(error_for(hasher.last_id(), 21, "Job not found")));
}

TEST_F(Shares, C251_C253_HaveSixParametersExactlyWhenRollingIsAgreed) {
    begin();
    EXPECT_THAT(say(almost(hasher.job(), [](auto& share) { share.version_bits = 0; })),
                ElementsAre(error_for(7, 20, "Version rolling was not agreed")));
    say(share());
    EXPECT_EQ(channels.shares.back().version, 0x20000000U);
}

TEST_F(Shares, C251_CombineTheBitsWithTheVersionOfTheJob) {
    say(configure);
    begin();
    say(hasher.find(hasher.job(), "bob.rig", 0x00a02000).line);
    ASSERT_THAT(channels.shares, SizeIs(1));
    EXPECT_EQ(channels.shares[0].version, 0x20a02000U);
}

TEST_F(Shares, AMaskGrantedAfterTheJobIsInForceForIt) {
    begin();
    say(configure);
    say(hasher.find(hasher.job(), "bob.rig", 0x00002000).line);
    ASSERT_THAT(channels.shares, SizeIs(1));
    EXPECT_EQ(channels.shares[0].version, 0x20002000U);
}

TEST_F(Shares, AreJudgedByTheDifficultyOfTheirOwnJob) {
    begin();
    const auto easy = hasher.job();
    auto harder = easy_target();
    harder.value.bytes[31] = 0;
    channels.target = harder;
    channels.new_parts();
    channels.give_job(channels.last(), false);
    heard();
    ASSERT_GT(hasher.job().difficulty, easy.difficulty);
    for (int i = 0; i < 20; ++i) say(hasher.find(easy, "bob.rig").line);
    EXPECT_THAT(channels.shares, SizeIs(20));
}

TEST_F(Shares, C261_CarryTheNameOfTheirWorker) {
    begin();
    say(share());
    EXPECT_EQ(channels.shares[0].worker, "bob.rig");
    settings.identity_follows_user = true;
    say(share());
    EXPECT_EQ(channels.shares[1].worker, "rig");
}

TEST_F(Shares, IdsComeBackAsTheyWere) {
    begin();
    for (const auto* id : {"\"a\\\"b\"", "null", "-1", "18446744073709551615"}) {
        auto line = share();
        const auto number = std::to_string(hasher.last_id());
        line.replace(line.find("\"id\":" + number) + 5, number.size(), id);
        say(line);
        channels.verdict(channels.shares.back().ticket, Verdict::accepted);
        EXPECT_THAT(heard(), ElementsAre(true_for(id)));
    }
}

/// What a miner hashes and what the pool is given are the same header, whatever the layout, the
/// mask, and the bytes it rolls.
TEST_F(Shares, C250_C256_ArriveAtThePoolAsTheHeaderThatTheMinerHashed) {
    base::SeededRandom dice{4711};
    const auto roll = [&](std::uint64_t sides) { return dice.next_u64() % sides; };
    for (int round = 0; round < 200; ++round) {
        settings.prefix_in = roll(2) == 0 ? PrefixIn::extranonce1 : PrefixIn::coinbase1;
        settings.extranonce2_size = 1 + roll(8);
        settings.version_mask = static_cast<std::uint32_t>(dice.next_u64()) & 0x1fffffe0U;
        base::Bytes prefix(roll(17));
        dice.fill(prefix);
        channels.prefix = std::make_shared<const base::Bytes>(prefix);
        channels.granted_size =
            wanted_extranonce_size(settings.prefix_in, settings.extranonce2_size) + roll(4);
        if (prefix.empty() && settings.prefix_in == PrefixIn::extranonce1) ++*channels.granted_size;
        channels.new_parts();
        channels.parts->version = static_cast<std::uint32_t>(dice.next_u64());
        channels.parts->may_roll_version = roll(4) != 0;
        channels.parts->merkle_path.resize(roll(13));
        channels.parts->coinbase_prefix.resize(20 + roll(90), std::byte{0x33});
        channels.parts->coinbase_suffix.resize(20 + roll(200), std::byte{0x44});

        Miner one{context(), parser};
        Hasher reader;
        const bool rolls = roll(2) == 0;
        if (rolls)
            reader.read(one.say(R"({"id":3,"method":"mining.configure",)"
                                R"("params":[["version-rolling"],{}]})"));
        reader.read(one.say(subscribe));
        one.say(authorize);
        channels.serve(channels.last());
        reader.read(one.heard());
        for (int i = 0; i < 3; ++i) {
            std::optional<std::uint32_t> bits;
            if (reader.mask) bits = static_cast<std::uint32_t>(dice.next_u64()) & *reader.mask;
            const auto found =
                reader.find(reader.job(), "bob.rig", bits, static_cast<std::uint32_t>(roll(7200)));
            ASSERT_THAT(one.say(found.line), IsEmpty())
                << "round " << round << " " << (settings.prefix_in == PrefixIn::coinbase1) << " "
                << settings.extranonce2_size << " of " << *channels.granted_size << " behind "
                << prefix.size() << ", told " << reader.job().extranonce2_size;
            const auto& arrived = channels.shares.back();
            auto coinbase = channels.parts->coinbase_prefix;
            base::append(coinbase, prefix);
            base::append(coinbase, arrived.extranonce);
            base::append(coinbase, channels.parts->coinbase_suffix);
            const bitcoin::Header header{
                .version = arrived.version,
                .prev_hash = channels.tip->prev_hash,
                .merkle_root = bitcoin::fold_merkle_path(bitcoin::sha256d(coinbase),
                                                         channels.parts->merkle_path),
                .ntime = arrived.ntime,
                .nbits = channels.tip->nbits,
                .nonce = arrived.nonce};
            EXPECT_EQ(header, found.header);
            EXPECT_EQ(arrived.extranonce.size(), channels.granted_size);
        }
        one.hang_up();
    }
}

}  // namespace
}  // namespace translator::testing
