#include "channel-manager/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitcoin/difficulty.h"

namespace channel_manager {
namespace {

using testing::HasSubstr;

constexpr const char* good = R"(
    network = "regtest"
    [bus]
    gateways = ["10.0.0.1:3400", "gateway-1:3400"]
    [templates]
    replicas = ["template-0:3500"]
    [payout]
    script = "51"
)";

Config read(const std::string& text) {
    auto reader = service::ConfigReader::from_text(text);
    return read_config(reader);
}
std::string problems(const std::string& text) {
    try {
        read(text);
    } catch (const service::ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(ChannelManagerConfig, ASmallPoolNeedsToSayLittle) {
    const auto config = read(good);
    EXPECT_EQ(config.gateways, (std::vector<std::string>{"10.0.0.1:3400", "gateway-1:3400"}));
    EXPECT_EQ(config.templates, (std::vector<std::string>{"template-0:3500"}));
    ASSERT_EQ(config.policy.outputs.outputs.size(), 1U);
    EXPECT_EQ(config.policy.outputs.outputs[0].basis_points, 10'000U);
    EXPECT_EQ(config.policy.outputs.pool_tag, base::to_bytes("/adit/"));
    EXPECT_EQ(config.policy.shares_per_minute, 6);
    EXPECT_EQ(config.ledger.partitions, 16U);
    EXPECT_GT(config.policy.easiest, config.policy.hardest);
}

TEST(ChannelManagerConfig, PaysAnAddressOfItsNetworkOnly) {
    // BIP 173's example of a P2WPKH address for mainnet.
    const std::string mainnet = R"(
        bus.gateways = ["a:1"]
        templates.replicas = ["b:2"]
        payout.address = "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"
    )";
    EXPECT_EQ(read(mainnet).policy.outputs.outputs[0].script.size(), 22U);
    EXPECT_THAT(problems("network = \"regtest\"\n" + mainnet), HasSubstr("network is regtest"));
}

TEST(ChannelManagerConfig, SharesABlockAmongSeveralOutputs) {
    const std::string head = R"(
        network = "regtest"
        bus.gateways = ["a:1"]
        templates.replicas = ["b:2"]
        [[payout.outputs]]
        script = "51"
        basis_points = 9800
        [[payout.outputs]]
        script = "52"
        basis_points = )";
    const auto config = read(head + "200");
    ASSERT_EQ(config.policy.outputs.outputs.size(), 2U);
    EXPECT_EQ(config.policy.outputs.outputs[1].basis_points, 200U);
    EXPECT_THAT(problems(head + "201"), HasSubstr("payout.outputs"));
}

TEST(ChannelManagerConfig, DifficultiesBecomeTargets) {
    const auto config = read(std::string{good} + R"(
        [shares]
        per_minute = 20
        easiest_difficulty = 0.5
        hardest_difficulty = 1024
    )");
    EXPECT_EQ(config.policy.shares_per_minute, 20);
    EXPECT_EQ(config.policy.easiest, bitcoin::target_of(bitcoin::Difficulty{1ULL << 31}));
    EXPECT_EQ(config.policy.hardest, bitcoin::target_of(bitcoin::Difficulty{1024ULL << 32}));
}

TEST(ChannelManagerConfig, TheShareLogHasBounds) {
    const ledger::LogRules rules;
    EXPECT_EQ(read(good).share_log.bytes_max, rules.bytes_max);
    const auto config = read(std::string{good} + R"(
        [share_log]
        keep = "2h"
        keep_read = "30s"
        mebibytes_max = 3
    )");
    EXPECT_EQ(config.share_log.keep, std::chrono::hours{2});
    EXPECT_EQ(config.share_log.keep_read, std::chrono::seconds{30});
    EXPECT_EQ(config.share_log.bytes_max, 3U << 20);
}

TEST(ChannelManagerConfig, SaysWhatIsWrong) {
    const struct {
        std::string text;
        const char* key;
    } cases[] = {
        {"", "bus.gateways"},
        {"", "templates.replicas"},
        {"", "payout.address"},
        {"network = \"moon\"", "network"},
        {"payout.script = \"5\"", "payout.script"},
        {"payout.script = \"\"", "payout.script"},
        {"payout = {script = \"51\", address = \"x\"}", "payout.address"},
        {"payout.address = \"x\"", "payout.address"},
        {"payout.pool_tag = \"" + std::string(49, 'x') + "\"", "payout.pool_tag"},
        {"payout = {script = \"51\", outputs = [{script = \"51\", basis_points = 10000}]}",
         "payout.outputs"},
        {"payout.outputs = [{script = \"51\"}]", "basis_points"},
        {"shares = {easiest_difficulty = 2, hardest_difficulty = 1}", "shares.easiest_difficulty"},
        {"shares.per_minute = 0", "shares.per_minute"},
        {"share_log.mebibytes_max = 0", "share_log.mebibytes_max"},
        {"share_log.keep = \"0s\"", "share_log.keep"},
        {"testing.ignores_replays = true", "testing"},
        {"bus.gateway = [\"a:1\"]", "bus.gateway"},
    };
    for (const auto& [text, key] : cases) EXPECT_THAT(problems(text), HasSubstr(key)) << text;
}

}  // namespace
}  // namespace channel_manager
