#include "channel-manager/open_policy.h"

#include <gtest/gtest.h>

#include <limits>

#include "bitcoin/difficulty.h"

namespace channel_manager {
namespace {

bitcoin::Target difficulty(std::uint64_t whole) {
    return bitcoin::target_of(bitcoin::Difficulty{whole << 32});
}

OpenPolicy policy() {
    OpenPolicy policy;
    policy.outputs.outputs = {{base::Bytes{std::byte{0x51}}, 10'000}};
    policy.hardest = difficulty(1'000'000);
    policy.easiest = difficulty(1);
    return policy;
}

bus::ChannelOpen request() {
    bus::ChannelOpen open;
    open.key = mining::ChannelKey{7};
    open.user_identity = "miner";
    open.nominal_hash_rate = 1e12F;
    open.max_target = bitcoin::target_max();
    return open;
}

TEST(DecideOpen, GivesATargetAtWhichTheHashRateFindsTheWantedShares) {
    const auto outcome = decide_open(request(), policy());
    EXPECT_EQ(outcome.error_code, "");
    EXPECT_EQ(outcome.key, mining::ChannelKey{7});
    EXPECT_EQ(outcome.outputs, policy().outputs);
    EXPECT_EQ(outcome.target, bitcoin::target_for_hash_rate(1e12F, 6));
}

TEST(DecideOpen, C100_C102_StaysWithinThePoolsBoundsAndTheMiners) {
    auto slow = request();
    slow.nominal_hash_rate = 0;
    EXPECT_EQ(decide_open(slow, policy()).target, policy().easiest);
    slow.max_target = difficulty(50);
    EXPECT_EQ(decide_open(slow, policy()).target, difficulty(50));
    auto fast = request();
    fast.nominal_hash_rate = 1e30F;
    EXPECT_EQ(decide_open(fast, policy()).target, policy().hardest);
}

TEST(DecideOpen, C100_C102_NamesWhatIsWrongWithARequest) {
    const auto code = [](auto change) {
        auto open = request();
        change(open);
        return decide_open(open, policy()).error_code;
    };
    const auto infinity = std::numeric_limits<float>::infinity();
    const auto nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(code([](auto& open) { open.user_identity = ""; }), "invalid-user-identity");
    EXPECT_EQ(code([](auto& open) { open.user_identity = "\xff"; }), "invalid-user-identity");
    EXPECT_EQ(code([=](auto& open) { open.nominal_hash_rate = nan; }), "invalid-nominal-hashrate");
    EXPECT_EQ(code([=](auto& open) { open.nominal_hash_rate = infinity; }),
              "invalid-nominal-hashrate");
    EXPECT_EQ(code([](auto& open) { open.nominal_hash_rate = -1; }), "invalid-nominal-hashrate");
    EXPECT_EQ(code([](auto& open) { open.max_target = {}; }), "max-target-out-of-range");
    EXPECT_EQ(code([](auto& open) { open.max_target = difficulty(1'000'001); }),
              "max-target-out-of-range");
    EXPECT_EQ(code([](auto& open) { open.max_target = policy().hardest; }), "");
}

TEST(DecideOpen, ARefusedChannelIsToldNothingElse) {
    auto open = request();
    open.user_identity = "";
    const auto outcome = decide_open(open, policy());
    EXPECT_EQ(outcome.target, bitcoin::Target{});
    EXPECT_TRUE(outcome.outputs.outputs.empty());
}

}  // namespace
}  // namespace channel_manager
