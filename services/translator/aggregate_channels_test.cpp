#include "translator/aggregate_channels.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "translator/aggregate_testing.h"

namespace translator {
namespace {

using namespace std::chrono_literals;

// Few hashes a share, so that a test finds them by trying: miners of 10 H/s at six shares a minute.
constexpr double miner_rate = 10;
const auto miner_target = one_in(miner_rate * 10);
const auto upstream_target = one_in(miner_rate * 40);

AggregateSettings settings() {
    return {.easiest_difficulty = 1e-9, .start_hash_rate_hps = miner_rate};
}

class AggregateChannelsTest : public testing::Test {
  protected:
    AggregateChannelsTest() { upstream.now = clock.steady_now(); }

    void serve() {
        upstream.give_terms(upstream_target);
        upstream.give_job(true);
    }
    ChannelHandle join(FakeMiner& miner, double rate = 0,
                       const bitcoin::Target& max = bitcoin::target_max()) {
        const auto handle = channels.open(
            {.user = "someone", .nominal_hash_rate_hps = rate, .max_target = max}, miner);
        turn();
        return handle;
    }
    void turn() {
        while (std::exchange(is_woken, false)) channels.turn();
    }
    void tick(std::chrono::microseconds after = 1s) {
        clock.advance(after);
        channels.tick();
        turn();
    }
    std::uint64_t counted(ShareFate fate) { return metrics.shares(fate).value(); }

    base::ManualClock clock;
    service::Registry registry{"translator", "test"};
    AggregateMetrics metrics{registry};
    FakeUpstream upstream;
    bool is_woken = false;
    AggregateChannels channels{upstream, settings(), clock, metrics, [this] { is_woken = true; }};
    FakeMiner a, b;
};

TEST_F(AggregateChannelsTest, OpensOneChannelAtOnceWithTheConfiguredIdentity) {
    ASSERT_EQ(upstream.opens.size(), 1U);
    EXPECT_EQ(upstream.opens[0].user, "");
    EXPECT_EQ(upstream.opens[0].nominal_hash_rate_hps, 0.0);
    EXPECT_EQ(upstream.opens[0].max_target, miner_target) << "for a miner that says nothing";
    EXPECT_EQ(upstream.opens[0].min_extranonce_size, 10U) << "eight bytes and the index";
    join(a);
    join(b);
    EXPECT_EQ(upstream.opens.size(), 1U);
}

TEST_F(AggregateChannelsTest, TellsNothingBeforeTheLoopsNextTurn) {
    serve();
    channels.open({}, a);
    EXPECT_TRUE(a.all_terms.empty());
    EXPECT_TRUE(is_woken);
    turn();
    EXPECT_EQ(a.all_terms.size(), 1U);
    EXPECT_EQ(a.jobs.size(), 1U);
}

TEST_F(AggregateChannelsTest, AMinerWaitsForTheChannelAndThenForItsJob) {
    join(a);
    EXPECT_TRUE(a.all_terms.empty());
    EXPECT_FALSE(channels.extranonce_size());
    upstream.is_version_fixed = true;
    upstream.give_terms(upstream_target);
    ASSERT_EQ(a.all_terms.size(), 1U);
    EXPECT_TRUE(a.all_terms[0].is_version_fixed);
    EXPECT_EQ(a.all_terms[0].extranonce_size, 8U);
    EXPECT_EQ(a.all_terms[0].target, miner_target);
    EXPECT_EQ(channels.extranonce_size(), 8U);
    EXPECT_TRUE(a.jobs.empty());
    upstream.give_job(true);
    EXPECT_EQ(a.jobs.size(), 1U);
}

TEST_F(AggregateChannelsTest, C257_EveryMinerHasAPrefixOfItsOwnAndSharesAllElse) {
    join(a);
    serve();
    join(b);
    ASSERT_EQ(a.jobs.size(), 1U);
    ASSERT_EQ(b.jobs.size(), 1U);
    EXPECT_EQ(base::to_hex(*a.job().extranonce_prefix), "ababababababab110000");
    EXPECT_EQ(base::to_hex(*b.job().extranonce_prefix), "ababababababab110001");
    EXPECT_EQ(a.job().extranonce_prefix, a.all_terms[0].extranonce_prefix);
    EXPECT_EQ(a.job().parts, b.job().parts);
    EXPECT_EQ(a.job().tip, b.job().tip);
    EXPECT_EQ(a.job().extranonce_size, 8U);
    EXPECT_EQ(a.job().target, miner_target);
    EXPECT_TRUE(a.job().is_clean);
    EXPECT_TRUE(b.job().is_clean) << "the first of a channel";
    upstream.give_job(false);
    EXPECT_FALSE(a.job().is_clean);
    EXPECT_FALSE(b.job().is_clean);
    EXPECT_GT(a.jobs[1].id, a.jobs[0].id);
    upstream.give_job(true);
    EXPECT_TRUE(b.job().is_clean);
}

TEST_F(AggregateChannelsTest, C250_C256_AShareThatMeetsTheChannelsTargetGetsThePoolsVerdict) {
    serve();
    const auto handle = join(a);
    const auto share = a.find_for(a.job(), upstream_target, true);
    const auto ticket = channels.submit(handle, share);
    ASSERT_TRUE(ticket);
    turn();
    EXPECT_TRUE(a.answers.empty()) << "the pool has not answered";
    ASSERT_EQ(upstream.shares.size(), 1U);
    const auto& forwarded = upstream.shares[0];
    EXPECT_EQ(forwarded.worker, "worker");
    EXPECT_EQ(base::to_hex(forwarded.extranonce), "00000000000000000000");
    EXPECT_EQ(hash_of(upstream.jobs.at(forwarded.job_id), forwarded.view()),
              hash_of(a.job(), share));
    upstream.answer(forwarded, Verdict::duplicate, "duplicate-share");
    EXPECT_EQ(a.answers,
              (std::vector<FakeMiner::Answer>{{*ticket, Verdict::duplicate, "duplicate-share"}}));
    EXPECT_EQ(counted(ShareFate::forwarded), 1U);
}

TEST_F(AggregateChannelsTest, C250_AShareThatMeetsTheMinersTargetAloneIsAcceptedHere) {
    serve();
    const auto handle = join(a);
    const auto ticket = channels.submit(handle, a.find_for(a.job(), upstream_target, false));
    ASSERT_TRUE(ticket);
    EXPECT_TRUE(a.answers.empty()) << "not from within the call";
    turn();
    EXPECT_EQ(a.answers, (std::vector<FakeMiner::Answer>{{*ticket, Verdict::accepted, ""}}));
    EXPECT_TRUE(upstream.shares.empty());
    EXPECT_EQ(counted(ShareFate::kept), 1U);
}

TEST_F(AggregateChannelsTest, AShareThatMeetsNeitherIsLow) {
    serve();
    const auto handle = join(a);
    const auto target = a.job().target;
    const auto ticket = channels.submit(
        handle, a.find(a.job(), [&](const auto& hash) { return !target.is_met_by(hash); }));
    turn();
    EXPECT_EQ(a.answers,
              (std::vector<FakeMiner::Answer>{{*ticket, Verdict::low, "difficulty-too-low"}}));
    EXPECT_EQ(counted(ShareFate::low), 1U);
}

TEST_F(AggregateChannelsTest, AnExtranonceOfAnotherLengthIsRejected) {
    serve();
    const auto handle = join(a);
    auto share = a.find_for(a.job(), upstream_target, true);
    share.extranonce = share.extranonce.first(7);
    channels.submit(handle, share);
    turn();
    ASSERT_EQ(a.answers.size(), 1U);
    EXPECT_EQ(a.answers[0].verdict, Verdict::rejected);
    EXPECT_EQ(a.answers[0].code, "bad-extranonce-size");
    EXPECT_TRUE(upstream.shares.empty());
}

TEST_F(AggregateChannelsTest, SharesForVoidOrUnknownJobsAreNotSent) {
    EXPECT_FALSE(channels.submit(ChannelHandle{12345}, {})) << "no such miner";
    serve();
    const auto handle = join(a);
    const auto old_share = a.find_for(a.job(), upstream_target, true);
    const auto kept = base::to_bytes(old_share.extranonce);
    upstream.give_job(true);
    EXPECT_FALSE(channels.submit(handle, old_share)) << "of the tip before";
    auto unknown = a.find_for(a.job(), upstream_target, true);
    unknown.job_id += 1;
    EXPECT_FALSE(channels.submit(handle, unknown)) << "was never issued";
    const auto good = a.find_for(a.job(), upstream_target, true);
    upstream.refuses_shares = true;
    EXPECT_FALSE(channels.submit(handle, good)) << "the connection is gone";
    upstream.refuses_shares = false;
    EXPECT_TRUE(channels.submit(handle, good));
    upstream.interrupt();
    EXPECT_FALSE(channels.submit(handle, good));
    EXPECT_EQ(counted(ShareFate::stale), 4U);
}

TEST_F(AggregateChannelsTest, LateSharesForEarlierJobsOfTheTipCount) {
    serve();
    const auto handle = join(a);
    const auto share = a.find_for(a.job(), upstream_target, true);
    upstream.give_job(false);
    EXPECT_TRUE(channels.submit(handle, share));
    EXPECT_EQ(upstream.shares.at(0).job_id, 100U);
}

TEST_F(AggregateChannelsTest, IsNeverHarderThanTheChannel) {
    upstream.give_terms(one_in(20));  // easier than the miner wants
    upstream.give_job(true);
    join(a);
    EXPECT_EQ(a.job().target, one_in(20));
    upstream.target = upstream_target;
    upstream.give_job(false);
    EXPECT_EQ(a.job().target, miner_target) << "a target belongs to a job";
}

TEST_F(AggregateChannelsTest, NorEasierThanAMinerTakes) {
    upstream.give_terms(one_in(20));
    upstream.give_job(true);
    join(a, 0, one_in(1000));
    EXPECT_EQ(a.job().target, one_in(1000));
    tick();
    ASSERT_EQ(upstream.updates.size(), 1U);
    EXPECT_EQ(upstream.updates[0].max_target, one_in(1000)) << "and the pool is told at once";
}

TEST_F(AggregateChannelsTest, AnotherTargetComesWithTheJobAgainUnderAnotherIdAndALaterNtime) {
    serve();
    const auto handle = join(a);
    const auto first = a.job();
    clock.advance(7s);
    channels.update(handle, 4 * miner_rate, bitcoin::target_max());
    EXPECT_EQ(a.jobs.size(), 1U);
    turn();
    ASSERT_EQ(a.jobs.size(), 2U);
    EXPECT_EQ(a.job().target, one_in(miner_rate * 40));
    EXPECT_GT(a.job().id, first.id);
    EXPECT_FALSE(a.job().is_clean);
    EXPECT_EQ(a.job().parts, first.parts);
    EXPECT_EQ(a.job().min_ntime, first.min_ntime + 7) << "or the miner would hash the same again";
    // Each issue is judged by its own target.
    const auto easy = a.find(first, [&](const auto& hash) {
        return first.target.is_met_by(hash) && !a.job().target.is_met_by(hash);
    });
    channels.submit(handle, easy);
    auto same = easy;
    same.job_id = a.job().id;
    channels.submit(handle, same);
    turn();
    ASSERT_EQ(a.answers.size(), 2U);
    EXPECT_EQ(a.answers[0].verdict, Verdict::accepted);
    EXPECT_EQ(a.answers[1].verdict, Verdict::low);
    EXPECT_EQ(metrics.reissues.value(), 1U);
}

TEST_F(AggregateChannelsTest, AJobIsIssuedAgainOnceASecondAtMost) {
    serve();
    const auto handle = join(a);
    for (int i = 1; i <= 20; ++i) {
        channels.update(handle, miner_rate + i, bitcoin::target_max());
        turn();
    }
    EXPECT_EQ(a.jobs.size(), 1U);
    tick();
    ASSERT_EQ(a.jobs.size(), 2U);
    EXPECT_EQ(a.job().target, one_in(300));
    tick();
    EXPECT_EQ(a.jobs.size(), 2U);
}

TEST_F(AggregateChannelsTest, SilenceEasesOnlyWhileThereIsWork) {
    serve();
    join(a);
    upstream.interrupt();
    EXPECT_EQ(a.interruptions, 1);
    for (int second = 0; second < 600; ++second) tick();
    EXPECT_EQ(a.jobs.size(), 1U);
    serve();
    ASSERT_EQ(a.jobs.size(), 2U);
    EXPECT_EQ(a.job().target, miner_target);
    for (int second = 0; second < 300; ++second) tick();
    EXPECT_GT(a.job().target, miner_target);
}

TEST_F(AggregateChannelsTest, SilenceOfAllTogetherIsNotHeldAgainstThemForAMinute) {
    serve();
    std::deque<FakeMiner> miners(100);
    std::vector<ChannelHandle> handles;
    for (auto& miner : miners) handles.push_back(join(miner));
    const auto share_each = [&] {
        for (std::size_t i = 0; i < miners.size(); ++i) {
            auto& miner = miners[i];
            channels.submit(handles[i], miner.find_for(miner.job(), upstream_target, false));
        }
    };
    for (int second = 0; second < 60; ++second) {
        tick();
        if (second % 10 == 0) share_each();
    }
    const auto due = miners[0].job().target;
    for (int second = 0; second < 55; ++second) tick();
    share_each();
    tick();
    for (auto& miner : miners) EXPECT_EQ(miner.job().target, due);
}

TEST_F(AggregateChannelsTest, C122_C123_C129_ThePoolIsToldTheSumAndTheHardestOnceASecond) {
    serve();
    join(a, 1000);
    join(b, 10);
    EXPECT_TRUE(upstream.updates.empty());
    tick();
    ASSERT_EQ(upstream.updates.size(), 1U);
    EXPECT_EQ(upstream.updates[0].hash_rate, 1010);
    EXPECT_EQ(upstream.updates[0].max_target, one_in(1000 * 10));
    FakeMiner c;
    const auto handle = join(c, 100);
    tick(300ms);
    EXPECT_EQ(upstream.updates.size(), 1U);
    tick(700ms);
    ASSERT_EQ(upstream.updates.size(), 2U);
    EXPECT_EQ(upstream.updates[1].hash_rate, 1110);
    channels.close(handle);
    tick();
    ASSERT_EQ(upstream.updates.size(), 3U);
    EXPECT_EQ(upstream.updates[2].hash_rate, 1010);
    tick();
    EXPECT_EQ(upstream.updates.size(), 3U);
}

TEST_F(AggregateChannelsTest, C101_C259_WithoutMinersThePoolIsToldZero) {
    serve();
    const auto handle = join(a, 1000);
    tick();
    channels.close(handle);
    tick();
    ASSERT_EQ(upstream.updates.size(), 2U);
    EXPECT_EQ(upstream.updates[1].hash_rate, 0.0);
    EXPECT_EQ(upstream.updates[1].max_target, miner_target);
}

TEST_F(AggregateChannelsTest, C257_ANumberIsAnothersOnlyAfterTheNextTip) {
    serve();
    const auto handle = join(a);
    const auto prefix = *a.job().extranonce_prefix;
    channels.close(handle);
    join(b);
    EXPECT_NE(*b.job().extranonce_prefix, prefix);
    upstream.give_job(false);
    FakeMiner c, d;
    join(c);
    EXPECT_NE(*c.job().extranonce_prefix, prefix);
    upstream.give_job(true);
    join(d);
    EXPECT_EQ(*d.job().extranonce_prefix, prefix);
}

TEST_F(AggregateChannelsTest, AVerdictForAMinerThatLeftIsNobodys) {
    serve();
    const auto handle = join(a);
    channels.submit(handle, a.find_for(a.job(), upstream_target, true));
    channels.submit(handle, a.find_for(a.job(), upstream_target, false));
    channels.close(handle);
    join(b);
    upstream.answer(upstream.shares.at(0), Verdict::accepted);
    turn();
    EXPECT_TRUE(a.answers.empty());
    EXPECT_TRUE(b.answers.empty());
}

TEST_F(AggregateChannelsTest, AnotherPrefixReachesEveryMiner) {
    serve();
    const auto handle = join(a);
    join(b);
    const auto old_share = a.find_for(a.job(), upstream_target, true);
    upstream.prefix = some_prefix(0x99);
    upstream.give_terms(upstream_target);
    ASSERT_EQ(a.all_terms.size(), 2U);
    EXPECT_EQ(base::to_hex(*a.all_terms[1].extranonce_prefix), "ababababababab990000");
    EXPECT_EQ(base::to_hex(*b.all_terms[1].extranonce_prefix), "ababababababab990001");
    EXPECT_EQ(a.jobs.size(), 1U) << "the job that was made for the old one is not sent again";
    EXPECT_FALSE(channels.submit(handle, old_share));
    upstream.give_job(true);
    EXPECT_EQ(a.job().extranonce_prefix, a.all_terms[1].extranonce_prefix);
    EXPECT_TRUE(channels.submit(handle, a.find_for(a.job(), upstream_target, true)));
}

TEST_F(AggregateChannelsTest, BehindAnotherPoolTheMinersGoOn) {
    serve();
    const auto handle = join(a);
    const auto ticket = channels.submit(handle, a.find_for(a.job(), upstream_target, true));
    upstream.interrupt();
    upstream.answer(upstream.shares.at(0), Verdict::unknown);
    EXPECT_EQ(a.answers, (std::vector<FakeMiner::Answer>{{*ticket, Verdict::unknown, ""}}));
    join(b);
    EXPECT_TRUE(b.all_terms.empty());
    upstream.extranonce_bytes = 9;  // one byte for the index is what this pool leaves
    upstream.prefix = some_prefix(0x42);
    serve();
    ASSERT_EQ(a.jobs.size(), 2U);
    ASSERT_EQ(b.jobs.size(), 1U);
    EXPECT_EQ(a.job().extranonce_size, 8U);
    EXPECT_EQ(a.job().extranonce_prefix->size(), 9U);
    EXPECT_NE(*a.job().extranonce_prefix, *b.job().extranonce_prefix);
    EXPECT_TRUE(channels.submit(handle, a.find_for(a.job(), upstream_target, true)));
    EXPECT_EQ(b.interruptions, 0) << "it never had anything";
}

TEST_F(AggregateChannelsTest, WhereNoNumberIsLeftAMinerIsRefused) {
    upstream.extranonce_bytes = 9;
    serve();
    std::deque<FakeMiner> miners(256);
    for (auto& miner : miners) join(miner);
    for (auto& miner : miners) ASSERT_EQ(miner.jobs.size(), 1U);
    join(a);
    EXPECT_EQ(a.refusals, std::vector<std::string>{"too-many-miners"});
    EXPECT_EQ(channels.miners(), 256U);
    EXPECT_EQ(metrics.miners_refused.value(), 1U);
}

TEST_F(AggregateChannelsTest, AnExtranonceThatCannotBeSharedServesNobody) {
    join(a);
    upstream.extranonce_bytes = 1;
    upstream.give_terms(upstream_target);
    EXPECT_EQ(a.refusals, std::vector<std::string>{"min-extranonce-size-too-large"});
    join(b);
    EXPECT_EQ(b.refusals.size(), 1U);
}

TEST_F(AggregateChannelsTest, ARefusalIsEveryMinersAndAskedAgainLater) {
    serve();
    const auto handle = join(a);
    upstream.refuse("unknown-user");
    EXPECT_EQ(a.refusals, std::vector<std::string>{"unknown-user"});
    EXPECT_FALSE(channels.is_served());
    EXPECT_EQ(channels.unserved_since(), clock.steady_now());
    EXPECT_FALSE(channels.submit(handle, {})) << "the handle is no more";
    channels.close(handle);
    join(b);
    for (int second = 0; second < 9; ++second) tick();
    EXPECT_EQ(upstream.opens.size(), 1U);
    EXPECT_TRUE(b.refusals.empty()) << "it waits";
    tick();
    EXPECT_EQ(upstream.opens.size(), 2U);
    EXPECT_EQ(upstream.opens[1].nominal_hash_rate_hps, miner_rate);
    EXPECT_TRUE(channels.is_served());
    serve();
    EXPECT_EQ(b.jobs.size(), 1U);
}

TEST_F(AggregateChannelsTest, AVerdictThatDoesNotComeIsGivenUp) {
    serve();
    const auto handle = join(a);
    const auto ticket = channels.submit(handle, a.find_for(a.job(), upstream_target, true));
    for (int second = 0; second < 60; ++second) tick();
    EXPECT_TRUE(a.answers.empty());
    tick();
    EXPECT_EQ(a.answers, (std::vector<FakeMiner::Answer>{{*ticket, Verdict::unknown, ""}}));
    upstream.answer(upstream.shares.at(0), Verdict::accepted);
    EXPECT_EQ(a.answers.size(), 1U) << "too late";
    EXPECT_EQ(metrics.verdicts_given_up.value(), 1U);
}

TEST_F(AggregateChannelsTest, WhereThePoolsTargetsAreEasierTheyAreTaken) {
    join(a, 1000);
    join(b, 1000, one_in(50));
    upstream.refuse("max-target-out-of-range");
    ASSERT_EQ(upstream.opens.size(), 2U);
    EXPECT_EQ(upstream.opens[1].max_target, one_in(50)) << "but for a miner's own limit";
    EXPECT_TRUE(a.refusals.empty());
    upstream.refuse("max-target-out-of-range");
    EXPECT_EQ(a.refusals.size(), 1U);
}

TEST_F(AggregateChannelsTest, TheChannelIsClosedWithIt) {
    {
        AggregateChannels other{upstream, settings(), clock, metrics, [] {}};
        EXPECT_EQ(upstream.closes, 0);
    }
    EXPECT_EQ(upstream.closes, 1);
}

/// A listener may do everything from within what it is told.
class RestlessMiner final : public ChannelListener {
  public:
    explicit RestlessMiner(AggregateChannels& channels) : channels_(channels) {}

    void on_terms(const ChannelTerms&) override {
        if (leaves_at_terms) leave();
    }
    void on_job(const ActiveJob&) override {
        ++jobs;
        if (leaves_at_job) leave();
    }
    void on_verdict(ShareTicket, Verdict, std::string_view) override { leave(); }
    void on_interrupted() override { leave(); }
    void on_refused(std::string_view) override { handle = channels_.open({}, *this); }
    void leave() {
        channels_.close(handle);
        handle = channels_.open({}, *this);
    }

    ChannelHandle handle{};
    int jobs{};
    bool leaves_at_terms{};
    bool leaves_at_job{};

  private:
    AggregateChannels& channels_;
};

TEST_F(AggregateChannelsTest, ListenersMayComeAndGoWhileTheyAreTold) {
    std::deque<RestlessMiner> miners;
    for (int i = 0; i < 30; ++i) {
        miners.emplace_back(channels);
        miners.back().handle = channels.open({}, miners.back());
    }
    const auto rounds = [&] {
        for (int i = 0; i < 3 && std::exchange(is_woken, false); ++i) channels.turn();
    };
    rounds();
    for (int i = 0; i < 30; i += 3) miners[static_cast<std::size_t>(i)].leaves_at_terms = true;
    for (int i = 1; i < 30; i += 3) miners[static_cast<std::size_t>(i)].leaves_at_job = true;
    serve();
    rounds();
    upstream.give_job(false);
    rounds();
    upstream.interrupt();
    serve();
    rounds();
    upstream.refuse("closed");
    for (int second = 0; second < 11; ++second) {
        clock.advance(1s);
        channels.tick();
        rounds();
    }
    for (auto& miner : miners) miner.leaves_at_terms = miner.leaves_at_job = false;
    for (auto& miner : miners) miner.jobs = 0;
    serve();
    rounds();
    EXPECT_EQ(channels.miners(), 30U);
    for (auto& miner : miners) EXPECT_GE(miner.jobs, 1);
}

}  // namespace
}  // namespace translator
