#include "ledger/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ledger {
namespace {

using testing::HasSubstr;

struct Read {
    Config config{};
    std::string problems{};
};

Read read(std::string_view text) {
    auto reader = service::ConfigReader::from_text(text);
    Read result{read_config(reader.root()), ""};
    try {
        reader.finish();
    } catch (const service::ConfigError& error) {
        result.problems = error.what();
    }
    return result;
}

TEST(ReadConfig, AnEmptyFileMeansARedisOnThisMachine) {
    const auto [config, problems] = read("");
    EXPECT_EQ(problems, "");
    EXPECT_EQ(redis::to_string(config.redis.address), "127.0.0.1:6379");
    EXPECT_EQ(config.partitions, 16U);
    EXPECT_EQ(config.durability.replicas, 0U);
}

TEST(ReadConfig, ReadsEveryKey) {
    const auto [config, problems] = read(R"(
        [redis]
        sentinels = ["a:26379", "b:26379"]
        master = "pool"
        username = "adit"
        db = 2
        command_timeout = "1s"
        replicas = 1
        wait_timeout = "200ms"
        [pool]
        partitions = 8
    )");
    EXPECT_EQ(problems, "");
    ASSERT_EQ(config.redis.sentinels.size(), 2U);
    EXPECT_EQ(config.redis.sentinels[1].host, "b");
    EXPECT_EQ(config.redis.master, "pool");
    EXPECT_EQ(config.redis.username, "adit");
    EXPECT_EQ(config.redis.db, 2U);
    EXPECT_EQ(config.redis.command_timeout, std::chrono::seconds{1});
    EXPECT_EQ(config.durability.replicas, 1U);
    EXPECT_EQ(config.durability.wait_timeout, std::chrono::milliseconds{200});
    EXPECT_EQ(config.partitions, 8U);
}

TEST(ReadConfig, ReadsACluster) {
    const auto [config, problems] = read("redis.cluster = [\"a:7000\", \"[::1]:7001\"]");
    EXPECT_EQ(problems, "");
    ASSERT_EQ(config.redis.cluster.size(), 2U);
    EXPECT_EQ(config.redis.cluster[1].host, "::1");
    EXPECT_TRUE(config.redis.sentinels.empty());
    EXPECT_EQ(config.redis.address, redis::Address{});
}

TEST(ReadConfig, SaysWhatIsWrong) {
    const struct {
        const char* text;
        const char* problem;
    } cases[] = {
        {"redis.address = \"nowhere\"", "redis.address"},
        {"redis.master = \"pool\"", "redis.master"},
        {"redis.sentinels = [\"a:1\"]", "redis.master"},
        {"redis.sentinels = [\"a\"]\nredis.master = \"pool\"", "redis.sentinels"},
        {"redis = {sentinels = [\"a:1\"], master = \"p\", address = \"b:2\"}", "redis.address"},
        {"redis.cluster = []", "redis.cluster"},
        {"redis.cluster = [\"a\"]", "redis.cluster"},
        {"redis.cluster = [\"unix:/a\"]", "redis.cluster"},
        {"redis = {cluster = [\"a:1\"], address = \"b:2\"}", "redis.address"},
        {"redis = {cluster = [\"a:1\"], sentinels = [\"b:2\"], master = \"p\"}", "redis.cluster"},
        {"redis = {cluster = [\"a:1\"], master = \"p\"}", "redis.master"},
        {"redis = {cluster = [\"a:1\"], db = 1}", "redis.db"},
        {"pool.partitions = 0", "pool.partitions"},
        {"redis.wait_timeout = 5", "redis.wait_timeout"},
        {"redis.adress = \"a:1\"", "redis.adress"},
    };
    for (const auto& [text, problem] : cases) EXPECT_THAT(read(text).problems, HasSubstr(problem));
}

}  // namespace
}  // namespace ledger
