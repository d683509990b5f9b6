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
    policy.payout.pool.outputs = {{base::Bytes{std::byte{0x51}}, 10'000}};
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
    EXPECT_EQ(outcome.outputs, policy().payout.pool);
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
    EXPECT_EQ(code([](auto& open) { open.user_identity = "a\n"; }), "invalid-user-identity");
    EXPECT_EQ(code([](auto& open) { open.user_identity = ".rig"; }), "invalid-user-identity");
    EXPECT_EQ(code([=](auto& open) { open.nominal_hash_rate = nan; }), "invalid-nominal-hashrate");
    EXPECT_EQ(code([=](auto& open) { open.nominal_hash_rate = infinity; }),
              "invalid-nominal-hashrate");
    EXPECT_EQ(code([](auto& open) { open.nominal_hash_rate = -1; }), "invalid-nominal-hashrate");
    EXPECT_EQ(code([](auto& open) { open.max_target = {}; }), "max-target-out-of-range");
    EXPECT_EQ(code([](auto& open) { open.max_target = difficulty(1'000'001); }),
              "max-target-out-of-range");
    EXPECT_EQ(code([](auto& open) { open.max_target = policy().hardest; }), "");
}

std::string code_of(const std::string& identity, const OpenPolicy& policy) {
    auto open = request();
    open.user_identity = identity;
    return decide_open(open, policy).error_code;
}

TEST(DecideOpen, C102_SoloPaysTheAddressThatTheAccountIsAndRefusesOthers) {
    auto solo = policy();
    solo.payout.mode = PayoutPolicy::Mode::solo;
    solo.payout.network = bitcoin::Network::regtest;
    solo.payout.pool.outputs.at(0).basis_points = 100;
    const std::string address = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080";
    auto open = request();
    for (const auto& identity : {address, address + ".rig", address + ".a.b", address + "."}) {
        SCOPED_TRACE(identity);
        open.user_identity = identity;
        const auto outcome = decide_open(open, solo);
        EXPECT_EQ(outcome.error_code, "");
        ASSERT_EQ(outcome.outputs.outputs.size(), 2U);
        EXPECT_EQ(outcome.outputs.outputs[0].script.size(), 22U);
        EXPECT_EQ(outcome.outputs.outputs[0].basis_points, 9'900U);
        EXPECT_EQ(outcome.outputs.outputs[1], solo.payout.pool.outputs[0]);
    }
    const struct {
        std::string identity;
        const char* code;
    } cases[] = {
        {"alice.rig", "unknown-user"},
        {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "unknown-user"},  // of another network
        {address.substr(0, address.size() - 1) + "q.rig", "unknown-user"},
        {"rig." + address, "unknown-user"},
        {" " + address, "unknown-user"},
        {"." + address, "invalid-user-identity"},
        {"", "invalid-user-identity"},
        {address + ".\x01", "invalid-user-identity"},
        {address + ".\xff", "invalid-user-identity"},
        {address + "." + std::string(255, 'x'), "invalid-user-identity"},
    };
    for (const auto& [identity, error] : cases) EXPECT_EQ(code_of(identity, solo), error);
}

TEST(DecideOpen, C102_KnowsWhoIsOnTheAllowListOnly) {
    auto closed = policy();
    closed.allowed = std::make_shared<const AllowList>(AllowList::parse("alice\nbob.rig1").value());
    EXPECT_EQ(code_of("alice", closed), "");
    EXPECT_EQ(code_of("alice.any", closed), "");
    EXPECT_EQ(code_of("bob.rig1", closed), "");
    EXPECT_EQ(code_of("bob.rig2", closed), "unknown-user");
    EXPECT_EQ(code_of("mallory", closed), "unknown-user");
    EXPECT_EQ(code_of(".alice", closed), "invalid-user-identity");
    closed.allowed = std::make_shared<const AllowList>();
    EXPECT_EQ(code_of("alice", closed), "unknown-user");
}

TEST(DecideOpen, WhoIsBannedIsAnUnknownUser) {
    auto strict = policy();
    strict.is_banned = [](std::string_view identity) { return identity == "mallory"; };
    auto open = request();
    EXPECT_EQ(decide_open(open, strict).error_code, "");
    open.user_identity = "mallory";
    EXPECT_EQ(decide_open(open, strict).error_code, "unknown-user");
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
