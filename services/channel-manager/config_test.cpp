#include "channel-manager/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

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
    EXPECT_EQ(config.gateways,
              (std::vector<service::Endpoint>{{"10.0.0.1", 3400}, {"gateway-1", 3400}}));
    EXPECT_EQ(config.templates, (std::vector<service::Endpoint>{{"template-0", 3500}}));
    ASSERT_EQ(config.policy.payout.pool.outputs.size(), 1U);
    EXPECT_EQ(config.policy.payout.pool.outputs[0].basis_points, 10'000U);
    EXPECT_EQ(config.policy.payout.pool.pool_tag, base::to_bytes("/adit/"));
    EXPECT_EQ(config.policy.shares_per_minute, 6);
    EXPECT_EQ(config.ledger.partitions, 16U);
    EXPECT_GT(config.policy.easiest, config.policy.hardest);
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

TEST(ChannelManagerConfig, TheEasiestDifficultyIsOneHash) {
    const auto config = read(std::string{good} + "[shares]\neasiest_difficulty = 2.4e-10");
    EXPECT_EQ(config.policy.easiest, bitcoin::target_of(bitcoin::Difficulty{1}));
    EXPECT_THAT(problems(std::string{good} + "[shares]\neasiest_difficulty = 2.3e-10"),
                HasSubstr("shares.easiest_difficulty"));
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

TEST(ChannelManagerConfig, LetsAnybodyInWithoutAnAllowList) {
    const auto open = read(good);
    EXPECT_EQ(open.policy.allowed, nullptr);
    EXPECT_THAT(describe(open), HasSubstr("identities: anybody's"));

    const auto file = testing::TempDir() + "adit-allowed-" + std::to_string(getpid());
    const auto table = "[identities]\nallow_file = \"" + file + "\"\n";
    std::ofstream{file} << "alice\nbob\n";
    const auto closed = read(std::string{good} + table);
    std::ofstream{file} << "alice\n.bob\n";
    const auto wrong = problems(std::string{good} + table);
    std::filesystem::remove(file);
    ASSERT_NE(closed.policy.allowed, nullptr);
    EXPECT_TRUE(closed.policy.allowed->has("alice.rig"));
    EXPECT_EQ(closed.allow_file, file);
    EXPECT_THAT(describe(closed), HasSubstr("identities: 2 in " + file));
    EXPECT_THAT(wrong, HasSubstr("identities.allow_file: " + file + ": line 2"));
}

TEST(ChannelManagerConfig, WarnsOfAFailoverThatLosesShares) {
    const std::string alone = good;
    const auto watched = alone + "\n[redis]\nsentinels = [\"10.0.0.1:26379\"]\nmaster = \"adit\"\n";
    const auto cluster = alone + "\n[redis]\ncluster = [\"10.0.0.1:6379\"]\n";
    const auto warns = HasSubstr("WARNING: redis.replicas is 0");
    EXPECT_THAT(describe(read(alone)), testing::Not(warns));
    EXPECT_THAT(describe(read(watched)), warns);
    EXPECT_THAT(describe(read(cluster)), warns);
    EXPECT_THAT(describe(read(watched + "replicas = 1\n")), testing::Not(warns));
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
        {"identities.allow_file = \"\"", "identities.allow_file"},
        {"identities.allow_file = \"/no/such/file\"", "identities.allow_file"},
        {"identities.allow_file = \"/\"", "is a folder"},
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
