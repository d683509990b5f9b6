#include "miner/hasher_pool.h"

#include <gtest/gtest.h>

#include <semaphore>
#include <set>

#include "miner/testing.h"

namespace miner {
namespace {

std::shared_ptr<const Work> work_for(std::size_t channel, sv2::JobId job) {
    return std::make_shared<const Work>(Work{.channel = channel,
                                             .job_id = job,
                                             .version_mask = 0x1fffffe0,
                                             .target = testing::easy_target(),
                                             .root = bitcoin::Uint256{}});
}

// Runs the pool on two threads and gives each share to `wants_more` until that is false.
template <class WantsMore>
void take_shares_while(HasherPool::Settings settings, WantsMore&& wants_more) {
    base::SystemClock clock;
    std::counting_semaphore<> available{0};
    HasherPool pool{settings, clock, [&] { available.release(); }};
    for (const std::size_t channel : {0U, 1U, 2U})
        pool.set_work(channel, work_for(channel, sv2::JobId{1}));
    for (bool more = true; more;) {
        available.acquire();
        for (const auto& share : pool.take_shares()) more = more && wants_more(pool, share);
    }
    EXPECT_GT(pool.hashes(), 0U);
}

TEST(HasherPool, GivesEveryChannelItsTurn) {
    for (const double throttle_hps : {0.0, 100'000.0}) {
        SCOPED_TRACE(throttle_hps);
        std::set<std::size_t> channels;
        take_shares_while({.threads = 2, .throttle_hps = throttle_hps},
                          [&](HasherPool&, const FoundShare& share) {
                              EXPECT_TRUE(share.target.is_met_by(share.hash));
                              channels.insert(share.channel);
                              return channels.size() < 3;
                          });
        EXPECT_EQ(channels.size(), 3U);
    }
}

TEST(HasherPool, TurnsToNewWork) {
    bool is_switched = false;
    take_shares_while({.threads = 2}, [&](HasherPool& pool, const FoundShare& share) {
        if (!is_switched) pool.set_work(1, work_for(1, sv2::JobId{2}));
        is_switched = true;
        return share.job_id != sv2::JobId{2};
    });
}

TEST(HasherPool, StopsWhileNobodyTakesItsShares) {
    base::SystemClock clock;
    std::counting_semaphore<> available{0};
    HasherPool pool{{.threads = 2}, clock, [&] { available.release(); }};
    pool.set_work(0, work_for(0, sv2::JobId{1}));
    for (int i = 0; i < 1024; ++i) available.acquire();  // as many as are kept
    pool.stop();
    EXPECT_EQ(pool.take_shares().size(), 1024U);
}

}  // namespace
}  // namespace miner
