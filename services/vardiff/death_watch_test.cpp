#include "vardiff/death_watch.h"

#include <gtest/gtest.h>

namespace vardiff {
namespace {

using namespace std::chrono_literals;
using mining::Epoch;

class DeathWatchTest : public testing::Test {
  protected:
    /// What is found gone when epoch 7 shows these signs, `after` the look before.
    std::vector<Epoch> look(std::chrono::seconds after, bool beats, std::uint64_t sequences = 5) {
        now_ += after;
        SignsOfLife seen;
        seen.known[Epoch{7}] = sequences;
        if (beats) seen.beating.insert(Epoch{7});
        return watch_.look(seen, now_);
    }

    DeathWatch watch_{{.silent_for = 60s, .look_at_least = 20s}};
    base::SteadyTime now_{1h};
};

using Gone = std::vector<Epoch>;

TEST_F(DeathWatchTest, WhoIsSilentForLongIsGone) {
    for (int i = 0; i < 6; ++i) EXPECT_EQ(look(10s, false), Gone{}) << i;
    EXPECT_EQ(look(10s, false), Gone{Epoch{7}});
    EXPECT_EQ(look(10s, false), Gone{Epoch{7}}) << "and stays so";
}

TEST_F(DeathWatchTest, AHeartbeatEndsTheSilence) {
    for (int i = 0; i < 6; ++i) look(10s, false);
    EXPECT_EQ(look(10s, true), Gone{});
    for (int i = 0; i < 6; ++i) EXPECT_EQ(look(10s, false), Gone{}) << i;
    EXPECT_EQ(look(10s, false), Gone{Epoch{7}});
}

TEST_F(DeathWatchTest, WhoseBatchesAreCommittedIsAlive) {
    for (std::uint64_t i = 0; i < 20; ++i) EXPECT_EQ(look(10s, false, i), Gone{});
}

TEST_F(DeathWatchTest, NobodyIsHeldToBeSilentWhileWeDidNotLook) {
    for (int i = 0; i < 5; ++i) look(10s, false);
    EXPECT_EQ(look(21s, false), Gone{}) << "we, or Redis, were away";
    for (int i = 0; i < 5; ++i) EXPECT_EQ(look(10s, false), Gone{}) << i;
    EXPECT_EQ(look(10s, false), Gone{Epoch{7}});
}

TEST_F(DeathWatchTest, WhoIsNotKnownAnyMoreIsForgotten) {
    for (int i = 0; i < 6; ++i) look(10s, false);
    now_ += 10s;
    EXPECT_EQ(watch_.look({}, now_), Gone{});
    EXPECT_EQ(look(10s, false), Gone{});
}

}  // namespace
}  // namespace vardiff
