// A farm whose miners come, go, mine and are interrupted at random, behind a pool that hashes what
// it is sent as if it knew of one channel only.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <list>
#include <set>

#include "base/random.h"
#include "translator/aggregate_channels.h"
#include "translator/aggregate_testing.h"

namespace translator {
namespace {

using namespace std::chrono_literals;

constexpr double start_rate = 4;
constexpr double hashes_a_share = start_rate * 10;

class Farm {
  public:
    explicit Farm(std::uint64_t seed) : random_(seed) { upstream_.extranonce_bytes = 9; }

    void step() {
        clock_.advance(std::chrono::milliseconds{random_.next_u64() % 300});
        upstream_.now = clock_.steady_now();
        switch (random_.next_u64() % 40) {
            case 0: pool_is_gone(); break;
            case 1: pool_is_there(); break;
            case 2: give_job(true); break;
            case 3:
            case 4: give_job(false); break;
            case 5:
            case 6:
            case 7:
            case 8: join(); break;
            case 9:
            case 10:
            case 11: leave(); break;
            case 12: update(); break;
            case 13:
            case 14: tick(); break;
            default: mine(); break;
        }
        if (random_.next_u64() % 2 == 0) turn();
        check_prefixes();
    }

    void finish() {
        turn();
        for (const auto& miner : miners_) {
            const auto given_up = std::ranges::count(miner.told.answers, Verdict::unknown,
                                                     &FakeMiner::Answer::verdict);
            EXPECT_LE(given_up, miner.unanswered);
            EXPECT_EQ(std::ssize(miner.told.answers) - given_up + miner.unanswered,
                      miner.submitted);
        }
        EXPECT_GT(forwarded_, 0U);
        EXPECT_GT(kept_, 0U);
        EXPECT_GT(reused_, 0U) << "numbers are used again";
    }

  private:
    struct Miner {
        FakeMiner told;
        ChannelHandle handle{};
        double rate{};
        bitcoin::Target max_target{};
        std::size_t seen{};
        std::ptrdiff_t submitted{};
        std::ptrdiff_t unanswered{};  // by the pool
    };

    Miner* any() {
        if (miners_.empty()) return nullptr;
        return &*std::next(miners_.begin(),
                           static_cast<std::ptrdiff_t>(random_.next_u64() % miners_.size()));
    }
    bitcoin::Target any_limit() {
        return random_.next_u64() % 4 == 0 ? one_in(hashes_a_share * 2) : bitcoin::target_max();
    }
    double any_rate() { return static_cast<double>(random_.next_u64() % 4) * start_rate; }

    void pool_is_gone() {
        if (!std::exchange(is_there_, false)) return;
        has_job_ = false;
        upstream_.interrupt();
    }
    void pool_is_there() {
        is_there_ = true;
        upstream_.prefix = some_prefix(static_cast<std::uint8_t>(random_.next_u64()));
        upstream_.give_terms(one_in(hashes_a_share * static_cast<double>(random_.next_u64() % 5)));
        has_job_ = false;
        spoken_for_.clear();  // all before is void
        give_job(true);
    }
    void give_job(bool is_clean) {
        if (!is_there_) return;
        if (is_clean) spoken_for_.clear();
        upstream_.give_job(is_clean);
        has_job_ = true;
    }
    void join() {
        auto& miner = miners_.emplace_back();
        miner.rate = any_rate();
        miner.max_target = any_limit();
        miner.handle = channels_.open(
            {.nominal_hash_rate_hps = miner.rate, .max_target = miner.max_target}, miner.told);
    }
    void leave() {
        auto* miner = any();
        if (miner == nullptr) return;
        channels_.close(miner->handle);
        miners_.remove_if([&](const Miner& each) { return &each == miner; });
    }
    void update() {
        auto* miner = any();
        if (miner == nullptr) return;
        if (const double rate = any_rate(); rate > 0) miner->rate = rate;
        miner->max_target = any_limit();
        channels_.update(miner->handle, miner->rate, miner->max_target);
    }
    void turn() {
        while (std::exchange(is_woken_, false)) channels_.turn();
        const auto refused = [](const Miner& miner) { return !miner.told.refusals.empty(); };
        miners_.remove_if(refused);
    }
    void tick() {
        const auto updates_before = upstream_.updates.size();
        channels_.tick();
        if (upstream_.updates.size() == updates_before) return;
        ASSERT_EQ(upstream_.updates.size(), updates_before + 1);
        ASSERT_GE(clock_.steady_now() - last_update_, 1s);
        last_update_ = clock_.steady_now();
        const auto& told = upstream_.updates.back();
        for (const auto& miner : miners_) ASSERT_LE(told.max_target, miner.max_target);
        ASSERT_EQ(told.hash_rate == 0.0, miners_.empty());
    }

    /// No job of a miner has the space of another's while both count.
    void check_prefixes() {
        for (auto& miner : miners_)
            for (; miner.seen < miner.told.jobs.size(); ++miner.seen) {
                const auto& job = miner.told.jobs[miner.seen];
                const auto [owner, is_new] =
                    spoken_for_.try_emplace(*job.extranonce_prefix, miner.handle);
                ASSERT_EQ(owner->second, miner.handle) << "two miners search the same space";
                if (is_new && !ever_used_.insert(*job.extranonce_prefix).second) ++reused_;
                ASSERT_EQ(job.extranonce_size + job.extranonce_prefix->size(),
                          upstream_.extranonce_bytes + upstream_.prefix->size());
                ASSERT_LE(job.target, miner.max_target) << "harder than asked is fine, easier not";
                const auto& upstream = upstream_.jobs.rbegin()->second;
                ASSERT_TRUE(job.target >= upstream.target || job.target == miner.max_target)
                    << "what the pool would credit is not asked for";
            }
    }

    void mine() {
        auto* miner = any();
        if (miner == nullptr || !has_job_ || miner->told.jobs.empty()) return;
        const auto& job = miner->told.job();
        const auto& upstream_job = upstream_.jobs.rbegin()->second;
        ASSERT_EQ(job.parts, upstream_job.parts) << "it has the newest job";
        const auto share = miner->told.find(
            job, [&](const bitcoin::BlockHash& hash) { return job.target.is_met_by(hash); });
        const auto hash = hash_of(job, share);
        const auto sent_before = upstream_.shares.size();
        ASSERT_TRUE(channels_.submit(miner->handle, share));
        ++miner->submitted;
        if (!upstream_job.target.is_met_by(hash)) {
            ASSERT_EQ(upstream_.shares.size(), sent_before);
            ++kept_;
            return;
        }
        ++forwarded_;
        ASSERT_EQ(upstream_.shares.size(), sent_before + 1);
        const auto& sent = upstream_.shares.back();
        ASSERT_EQ(hash_of(upstream_.jobs.at(sent.job_id), sent.view()), hash)
            << "the pool hashes what the miner hashed";
        if (random_.next_u64() % 2 == 0)
            upstream_.answer(sent, Verdict::accepted);
        else
            ++miner->unanswered;
    }

    base::SeededRandom random_;
    base::ManualClock clock_{};
    service::Registry registry_{"translator", "test"};
    AggregateMetrics metrics_{registry_};
    FakeUpstream upstream_{};
    bool is_woken_{};
    AggregateChannels channels_{
        upstream_,
        {.index_size = 1, .easiest_difficulty = 1e-9, .start_hash_rate_hps = start_rate},
        clock_,
        metrics_,
        [this] { is_woken_ = true; }};
    std::list<Miner> miners_{};
    std::map<base::Bytes, ChannelHandle> spoken_for_{};
    std::set<base::Bytes> ever_used_{};
    base::SteadyTime last_update_{};
    bool is_there_{};
    bool has_job_{};
    std::size_t forwarded_{};
    std::size_t kept_{};
    std::size_t reused_{};
};

TEST(AggregateProperties, HoldWhateverTheFarmDoes) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(seed);
        Farm farm{seed};
        for (int step = 0; step < 6'000; ++step) {
            SCOPED_TRACE(step);
            farm.step();
            if (testing::Test::HasFatalFailure()) return;
        }
        farm.finish();
    }
}

/// Real headers, found by trying, at the rate of each miner: shares come as they do.
TEST(AggregateProperties, RatesSettleAndThePoolIsToldTheirSum) {
    base::SeededRandom random{17};
    base::ManualClock clock;
    service::Registry registry{"translator", "test"};
    AggregateMetrics metrics{registry};
    FakeUpstream upstream;
    bool is_woken = false;
    AggregateSettings settings{.easiest_difficulty = 1e-9, .start_hash_rate_hps = 10};
    settings.policy.shares_per_minute = 30;
    AggregateChannels channels{upstream, settings, clock, metrics, [&] { is_woken = true; }};
    const auto turn = [&] {
        while (std::exchange(is_woken, false)) channels.turn();
    };
    struct Miner {
        double rate{};
        FakeMiner told{};
        ChannelHandle handle{};
        std::size_t shares{};
    };
    std::list<Miner> miners;
    for (const double rate : {5.0, 10.0, 40.0, 160.0}) miners.emplace_back().rate = rate;
    for (auto& miner : miners) miner.handle = channels.open({}, miner.told);
    upstream.give_terms(one_in(1000));
    upstream.give_job(true);
    turn();
    std::uint32_t nonce = 0;
    constexpr int seconds = 2400;
    constexpr int settled_after = 1200;
    for (int second = 0; second < seconds; ++second) {
        if (second % 600 == 599) upstream.give_job(true);
        for (auto& miner : miners) {
            const base::Bytes extranonce(8, std::byte{1});
            for (double hashes = miner.rate; hashes > 0; --hashes) {
                const auto& job = miner.told.job();
                const ChannelShare share{.job_id = job.id,
                                         .nonce = nonce++,
                                         .ntime = job.min_ntime,
                                         .version = 0x20000000,
                                         .extranonce = extranonce};
                if (!job.target.is_met_by(hash_of(job, share))) continue;
                ASSERT_TRUE(channels.submit(miner.handle, share));
                if (second >= settled_after) ++miner.shares;
                turn();
                if (!upstream.shares.empty() && upstream.shares.back().nonce == share.nonce)
                    upstream.answer(upstream.shares.back(), Verdict::accepted);
            }
        }
        clock.advance(1s);
        channels.tick();
        turn();
    }
    double sum = 0;
    for (const auto& miner : miners) {
        sum += miner.rate;
        EXPECT_NEAR(static_cast<double>(miner.shares) * 60 / (seconds - settled_after), 30, 10)
            << miner.rate << " H/s";
        for (const auto& answer : miner.told.answers) EXPECT_EQ(answer.verdict, Verdict::accepted);
    }
    EXPECT_NEAR(upstream.updates.back().hash_rate / sum, 1, 0.3);
    EXPECT_GT(upstream.shares.size(), 0U);
    for (const auto& share : upstream.shares)
        EXPECT_TRUE(one_in(1000).is_met_by(hash_of(upstream.jobs.at(share.job_id), share.view())));
}

}  // namespace
}  // namespace translator
