#include "bitcoin/sha256_kernels.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <vector>

#include "base/hex.h"
#include "base/random.h"
#include "bitcoin/sha256_words.h"

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

/// Many messages, each with memory of its own around what a kernel may write.
struct Messages {
    Messages(base::SeededRandom& random, std::size_t count, std::size_t bytes_each) {
        for (std::size_t i = 0; i < count; ++i) {
            states.push_back(random_state(random));
            inputs.emplace_back(bytes_each);
            random.fill(std::as_writable_bytes(std::span{inputs.back()}));
            auto& node = nodes.emplace_back();
            random.fill(std::as_writable_bytes(std::span{node}));
        }
        for (std::size_t i = 0; i < count; ++i) {
            state_at.push_back(states[i].data());
            input_at.push_back(inputs[i].data());
            node_at.push_back(nodes[i].data() + guard);
        }
    }
    Messages(const Messages&) = delete;
    Messages& operator=(const Messages&) = delete;

    static constexpr std::size_t guard = 64;
    std::vector<State> states{};
    std::vector<std::vector<std::uint8_t>> inputs{};
    std::vector<std::array<std::uint8_t, 32 + 2 * guard>> nodes{};
    std::vector<const std::uint32_t*> state_at{};
    std::vector<const std::uint8_t*> input_at{};
    std::vector<std::uint8_t*> node_at{};
};

/// Full groups of sixteen, what is beyond them, and what is too little for a group.
TEST(Sha256Kernels, AgreeOnManyMessagesAndTouchNothingElse) {
    for (const auto& kernel : sha256_kernels()) {
        SCOPED_TRACE(kernel.name);
        for (std::size_t count = 0; count <= 40; ++count) {
            SCOPED_TRACE(count);
            for (std::size_t blocks = 1; blocks <= 3; ++blocks) {
                base::SeededRandom random{count}, again{count};
                Messages ours{random, count, 64 * blocks}, expected{again, count, 64 * blocks};
                kernel.finish_double(ours.state_at.data(), ours.input_at.data(), blocks,
                                     ours.node_at.data(), count);
                portable_sha256_kernel().finish_double(expected.state_at.data(),
                                                       expected.input_at.data(), blocks,
                                                       expected.node_at.data(), count);
                EXPECT_EQ(ours.nodes, expected.nodes);
            }
        }
    }
}

TEST(Sha256Kernels, AgreeOnMerklePathsThatAreCommonAndThatAreNot) {
    for (const auto& kernel : sha256_kernels()) {
        SCOPED_TRACE(kernel.name);
        for (std::size_t count = 0; count <= 40; ++count) {
            SCOPED_TRACE(count);
            for (const bool is_common : {false, true}) {
                constexpr std::size_t levels = 3;
                base::SeededRandom random{count}, again{count};
                Messages ours{random, count, 32 * levels}, expected{again, count, 32 * levels};
                for (auto* messages : {&ours, &expected})
                    if (is_common && count > 0)
                        messages->input_at.assign(count, messages->inputs[0].data());
                kernel.fold(ours.node_at.data(), ours.input_at.data(), levels, count);
                portable_sha256_kernel().fold(expected.node_at.data(), expected.input_at.data(),
                                              levels, count);
                EXPECT_EQ(ours.nodes, expected.nodes);
            }
        }
    }
}

/// The header of block 0, whose hash everybody knows.
TEST(Sha256Kernels, EachFindsTheGenesisBlocksHashInEveryLane) {
    const auto header = base::from_hex(
                            "01000000000000000000000000000000000000000000000000000000000000000000"
                            "00003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a"
                            "29ab5f49ffff001d1dac2b7c")
                            .value();
    std::array<std::uint8_t, 128> blocks{};
    std::memcpy(blocks.data(), header.data(), header.size());
    blocks[80] = 0x80;
    store_bit_length(640, blocks.data() + 120);
    for (const auto& kernel : sha256_kernels()) {
        SCOPED_TRACE(kernel.name);
        constexpr std::size_t count = 33;
        std::array<Uint256, count> hashes{};
        std::array<const std::uint32_t*, count> states{};
        std::array<const std::uint8_t*, count> inputs{};
        std::array<std::uint8_t*, count> to{};
        for (std::size_t i = 0; i < count; ++i) {
            states[i] = sha256_initial_state.data();
            inputs[i] = blocks.data();
            to[i] = hashes[i].bytes.data();
        }
        kernel.finish_double(states.data(), inputs.data(), 2, to.data(), count);
        for (const auto& hash : hashes)
            EXPECT_EQ(hash.to_be_hex(),
                      "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
    }
}

/// In a process of its own, because the choice is made once.
class ChosenKernel : public testing::Test {
  protected:
    ChosenKernel() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

    [[noreturn]] static void choose(const char* name) {
        if (name == nullptr)
            ::unsetenv("ADIT_SHA256");
        else
            ::setenv("ADIT_SHA256", name, 1);
        try {
            std::cerr << "chosen: " << best_sha256_kernel().name;
        } catch (const std::exception& error) {
            std::cerr << error.what();
        }
        std::exit(0);
    }
};

TEST_F(ChosenKernel, IsTheFastestUnlessTheEnvironmentNamesOne) {
    const auto chosen = [](std::string_view name) { return "chosen: " + std::string{name}; };
    EXPECT_EXIT(choose(nullptr), testing::ExitedWithCode(0), chosen(sha256_kernels().back().name));
    for (const auto& kernel : sha256_kernels())
        EXPECT_EXIT(choose(kernel.name.data()), testing::ExitedWithCode(0), chosen(kernel.name));
}

TEST_F(ChosenKernel, IsNeverAnotherThanTheOneNamed) {
    EXPECT_EXIT(choose("sse9"), testing::ExitedWithCode(0),
                "ADIT_SHA256=sse9; this CPU has: portable");
}

}  // namespace
}  // namespace bitcoin
