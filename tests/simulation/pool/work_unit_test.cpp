#include "simulation/pool/work_unit.h"

#include <gtest/gtest.h>

#include "auditor/difficulty.h"
#include "bitcoin/difficulty.h"

namespace simulation {
namespace {

TEST(WorkUnit, MakesOneHashDifficultyOne) {
    use_cheap_work();
    for (const double rate : {8.5, 96.0, 4'096.0, 1e9}) {
        const auto target = *bitcoin::target_for_hash_rate(rate, 60);
        const auto hashes = bitcoin::expected_hashes(target);
        const auto difficulty = bitcoin::difficulty_of(target);
        // 0xFFFF is not quite 0x10000.
        EXPECT_NEAR(difficulty.to_double(), hashes, hashes / 30'000);
        EXPECT_EQ(auditor::difficulty_q32(target), difficulty.q32);
        EXPECT_NEAR(bitcoin::expected_hashes(bitcoin::target_of(difficulty)), hashes,
                    hashes / 30'000);
    }
}

TEST(WorkUnit, KeepsTheEndsOfTheScale) {
    EXPECT_EQ(bitcoin::difficulty_of({}).q32, ~std::uint64_t{0});
    EXPECT_EQ(bitcoin::target_of({}), bitcoin::target_max());
    EXPECT_EQ(bitcoin::target_of({1}), bitcoin::target_max());
}

}  // namespace
}  // namespace simulation
