#include "translator/extranonce_indices.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/hex.h"
#include "base/random.h"

namespace translator {
namespace {

TEST(ExtranonceIndices, GivesEachNumberOnceUntilNoneIsLeft) {
    ExtranonceIndices indices{1};
    std::set<std::uint32_t> taken;
    for (int i = 0; i < 256; ++i) {
        const auto index = indices.take();
        ASSERT_TRUE(index);
        EXPECT_LT(*index, 256U);
        EXPECT_TRUE(taken.insert(*index).second);
    }
    EXPECT_FALSE(indices.take());
}

TEST(ExtranonceIndices, WithoutBytesThereAreNone) {
    ExtranonceIndices indices{0};
    EXPECT_FALSE(indices.take());
}

TEST(ExtranonceIndices, ANumberRestsUntilTheJobsOfItsOwnerAreStale) {
    ExtranonceIndices indices{1};
    for (int i = 0; i < 256; ++i) ASSERT_TRUE(indices.take());
    indices.give_back(7);
    EXPECT_EQ(indices.resting(), 1U);
    EXPECT_FALSE(indices.take());
    indices.jobs_are_stale();
    EXPECT_EQ(indices.resting(), 0U);
    EXPECT_EQ(indices.take(), 7U);
    EXPECT_FALSE(indices.take());
}

TEST(ExtranonceIndices, TheBytesAreTheNumberMostSignificantFirst) {
    for (const auto& [size, hex] : {std::pair{1, "04"}, std::pair{2, "0304"},
                                    std::pair{3, "020304"}, std::pair{4, "01020304"}}) {
        base::Bytes bytes;
        ExtranonceIndices{static_cast<std::size_t>(size)}.append_to(bytes, 0x01020304);
        EXPECT_EQ(base::to_hex(bytes), hex);
    }
}

TEST(ExtranonceIndices, TheLargestSizeCountsBeyond32Bits) {
    ExtranonceIndices indices{4};
    EXPECT_EQ(indices.take(), 0U);
    EXPECT_EQ(indices.take(), 1U);
}

/// Joins, leaves and new tips at random: nobody ever has what another has, or what another had
/// jobs for that still count.
TEST(ExtranonceIndices, NoNumberHasTwoOwnersWhoseJobsCount) {
    base::SeededRandom random{11};
    ExtranonceIndices indices{1};
    std::vector<std::uint32_t> owned;
    std::set<std::uint32_t> in_use;
    std::size_t refused = 0;
    for (int step = 0; step < 200'000; ++step) {
        const auto chance = random.next_u64() % 1000;
        if (chance < 3) {
            indices.jobs_are_stale();
            in_use = {owned.begin(), owned.end()};
        } else if (chance < 503) {
            if (const auto index = indices.take()) {
                ASSERT_TRUE(in_use.insert(*index).second) << "step " << step;
                owned.push_back(*index);
            } else {
                ++refused;
                ASSERT_EQ(in_use.size(), 256U);
            }
        } else if (!owned.empty()) {
            std::swap(owned[random.next_u64() % owned.size()], owned.back());
            indices.give_back(owned.back());
            owned.pop_back();
        }
    }
    EXPECT_GT(refused, 0U);
}

TEST(IndexSize, IsWhatThePoolLeaves) {
    const struct {
        std::size_t granted, wanted, miner, index;
    } cases[] = {
        {10, 2, 8, 2}, {24, 2, 8, 2}, {9, 2, 8, 1}, {8, 2, 8, 1},  {4, 2, 8, 1},
        {2, 2, 8, 1},  {1, 2, 8, 0},  {0, 2, 8, 0}, {12, 4, 8, 4}, {11, 4, 8, 3},
    };
    for (const auto& [granted, wanted, miner, index] : cases)
        EXPECT_EQ(index_size_within(granted, wanted, miner), index)
            << granted << " granted, " << wanted << " wanted";
}

}  // namespace
}  // namespace translator
