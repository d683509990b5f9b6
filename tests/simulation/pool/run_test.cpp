#include "simulation/pool/run.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

namespace simulation {
namespace {

using namespace std::chrono_literals;

TEST(Run, IsTheSameForTheSameSeed) {
    spdlog::set_level(spdlog::level::off);
    const auto first = run({.seed = 7, .trouble = 20s});
    const auto again = run({.seed = 7, .trouble = 20s});
    const auto other = run({.seed = 8, .trouble = 20s});
    EXPECT_EQ(first.fingerprint, again.fingerprint);
    EXPECT_EQ(first.events, again.events);
    EXPECT_NE(first.fingerprint, other.fingerprint);
}

// Else a wrong sum would be no violation: it is of zeros, or all are the same.
TEST(Run, HasSharesWorthDifferentDifficulties) {
    spdlog::set_level(spdlog::level::off);
    const auto result = run({.seed = 7, .trouble = 20s});
    EXPECT_TRUE(result.violations.empty());
    EXPECT_GT(result.acknowledged_difficulty, 5'000U);
    EXPECT_GT(result.difficulties, 30U);
    EXPECT_GT(result.proposals, 5U);
}

// Seed 7 has a translator.
TEST(Run, HasMinersOfStratumV1) {
    spdlog::set_level(spdlog::level::off);
    const auto result = run({.seed = 7, .trouble = 20s});
    EXPECT_TRUE(result.violations.empty());
    EXPECT_GT(result.sv1_accepted, 50U);
}

}  // namespace
}  // namespace simulation
