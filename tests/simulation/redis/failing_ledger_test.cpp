#include "simulation/redis/failing_ledger.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "canary/broken_script.h"
#include "ledger/scripts.h"

namespace simulation {
namespace {

/// More of them by hand: ADIT_SEEDS=10000.
std::uint64_t seeds() {
    const char* const given = std::getenv("ADIT_SEEDS");
    return given == nullptr ? 40 : std::strtoull(given, nullptr, 10);
}

/// The seed under which a ledger that is worse than ours first breaks its promise.
std::optional<std::uint64_t> first_broken(FailingLedger::Settings settings) {
    for (settings.seed = 1; settings.seed <= 200; ++settings.seed)
        if (FailingLedger{settings}.run()) return settings.seed;
    return std::nullopt;
}

TEST(FailingLedger, WhatIsAcknowledgedIsThereAndNoShareCountsTwice) {
    std::uint64_t acknowledged = 0;
    std::uint64_t failovers = 0;
    std::uint64_t replays = 0;
    for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
        FailingLedger ledger{{.seed = seed}};
        const auto broken = ledger.run();
        ASSERT_FALSE(broken) << "seed " << seed << ": " << *broken;
        acknowledged += ledger.acknowledged();
        failovers += ledger.failovers();
        replays += ledger.replays();
    }
    RecordProperty("acknowledged", std::to_string(acknowledged));
    std::printf("%lu batches acknowledged, %lu of them by a replay, through %lu failovers\n",
                acknowledged, replays, failovers);
    EXPECT_GT(acknowledged, 100 * seeds());
    EXPECT_GT(failovers, seeds() / 2);
    EXPECT_GT(replays, seeds() / 2);
}

TEST(FailingLedger, WithoutWaitAFailoverLosesWhatWasAcknowledged) {
    EXPECT_TRUE(first_broken({.wait_for = 0}));
}

TEST(FailingLedger, AScriptThatForgetsReplaysIsFound) {
    const auto script = canary::broken_script(ledger::scripts::commit, {.ignores_replays = true});
    EXPECT_TRUE(first_broken({.script = script}));
}

TEST(FailingLedger, AScriptThatForgetsDuplicatesIsFound) {
    const auto script =
        canary::broken_script(ledger::scripts::commit, {.ignores_duplicates = true});
    EXPECT_TRUE(first_broken({.script = script}));
}

}  // namespace
}  // namespace simulation
