#include "bitcoin/sha256_kernels.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/random.h"

namespace bitcoin {
namespace {

using State = std::array<std::uint32_t, 8>;

State random_state(base::SeededRandom& random) {
    State state{};
    for (auto& word : state) word = static_cast<std::uint32_t>(random.next_u64());
    return state;
}

TEST(Sha256Kernels, AllAgreeWithThePortableOne) {
    base::SeededRandom random{9};
    const auto& portable = portable_sha256_kernel();
    for (const auto& kernel : sha256_kernels()) {
        SCOPED_TRACE(kernel.name);
        for (std::size_t count = 0; count < 20; ++count) {
            std::vector<std::uint8_t> blocks[2];
            for (auto& lane : blocks) {
                lane.resize(64 * count);
                random.fill(std::as_writable_bytes(std::span{lane}));
            }
            const State start[2]{random_state(random), random_state(random)};
            State expected[2]{start[0], start[1]};
            State single = start[0];
            State pair[2]{start[0], start[1]};
            for (std::size_t lane = 0; lane < 2; ++lane)
                portable.compress(expected[lane].data(), blocks[lane].data(), count);
            kernel.compress(single.data(), blocks[0].data(), count);
            kernel.compress_pair(pair[0].data(), blocks[0].data(), pair[1].data(), blocks[1].data(),
                                 count);
            EXPECT_EQ(single, expected[0]);
            EXPECT_EQ(pair[0], expected[0]);
            EXPECT_EQ(pair[1], expected[1]);
        }
    }
}

TEST(Sha256Kernels, BeginWithThePortableOneAndEndWithTheBest) {
    ASSERT_FALSE(sha256_kernels().empty());
    EXPECT_EQ(sha256_kernels().front().name, portable_sha256_kernel().name);
    EXPECT_EQ(sha256_kernels().back().name, best_sha256_kernel().name);
}

}  // namespace
}  // namespace bitcoin
