#include "auditor/difficulty.h"

#include <gtest/gtest.h>

#include <span>

#include "base/random.h"
#include "bitcoin/difficulty.h"

namespace auditor {
namespace {

TEST(DifficultyQ32, IsWhatThePoolCreditsForAnyTarget) {
    base::SeededRandom random{3};
    for (int i = 0; i < 2'000; ++i) {
        bitcoin::Target target;
        random.fill(std::as_writable_bytes(std::span{target.value.bytes}));
        for (std::size_t top = 31; top >= 32 - random.next_u64() % 32; --top)
            target.value.bytes[top] = 0;
        EXPECT_EQ(difficulty_q32(target), bitcoin::difficulty_of(target).q32)
            << target.value.to_be_hex();
    }
    EXPECT_EQ(difficulty_q32({}), bitcoin::difficulty_of({}).q32);
    EXPECT_EQ(difficulty_q32(bitcoin::target_max()),
              bitcoin::difficulty_of(bitcoin::target_max()).q32);
}

}  // namespace
}  // namespace auditor
