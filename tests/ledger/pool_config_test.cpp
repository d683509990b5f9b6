#include "ledger/pool_config.h"

#include "fixture.h"

namespace ledger {
namespace {

using Loaded = base::Result<PoolConfig, PoolConfigFailure>;

class PoolConfigTest : public LedgerTest {
  protected:
    Loaded load(std::uint32_t partitions, const Durability& durability = {}) {
        return await<Loaded>([&](auto done) {
            load_pool_config(client_, random_, partitions, durability, std::move(done));
        });
    }
};

TEST_F(PoolConfigTest, TheFirstDecidesAndAllOthersAgree) {
    std::vector<PoolConfig> loaded;
    int answers = 0;
    for (int i = 0; i < 8; ++i)
        load_pool_config(client_, random_, 16, {}, [&](const Loaded& result) {
            ++answers;
            ASSERT_TRUE(result.has_value()) << result.error().text;
            loaded.push_back(*result);
        });
    ASSERT_TRUE(test_support::run_until(io_, [&answers] { return answers == 8; }));
    ASSERT_EQ(loaded.size(), 8U);
    for (const auto& config : loaded) {
        EXPECT_EQ(config.partitions, 16U);
        EXPECT_EQ(config.duplicate_key, loaded.front().duplicate_key);
    }
    EXPECT_NE(loaded.front().duplicate_key, DuplicateKey{});
}

TEST_F(PoolConfigTest, EveryAnswerIsWrittenSoThatReplicasAreAskedForIt) {
    const auto changes = [this] {
        const auto info = server_.run({"INFO", "persistence"});
        constexpr std::string_view name = "rdb_changes_since_last_save:";
        return std::stoll(info.string()->substr(info.string()->find(name) + name.size()));
    };
    for (int i = 0; i < 3; ++i) {
        const auto before = changes();
        ASSERT_TRUE(load(16).has_value());
        EXPECT_GT(changes(), before);
    }
}

TEST_F(PoolConfigTest, AnotherNumberOfPartitionsDoesNotStart) {
    ASSERT_TRUE(load(16).has_value());
    const auto refused = load(8);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, PoolConfigError::mismatch);
    EXPECT_EQ(refused.error().text,
              "this pool has 16 partitions ({pool}:config in redis), but the configuration says 8");
}

TEST_F(PoolConfigTest, ADamagedConfigurationDoesNotStart) {
    server_.run({"HSET", keys::pool_config, "partitions", "16", "duplicate_key", "abcd"});
    EXPECT_EQ(load(16).error().kind, PoolConfigError::damaged);
    server_.run({"DEL", keys::pool_config});
    server_.run({"HSET", keys::pool_config, "partitions", "16"});
    EXPECT_EQ(load(16).error().kind, PoolConfigError::damaged);
}

TEST_F(PoolConfigTest, AKeyThatTooFewReplicasHaveIsNotUsed) {
    EXPECT_EQ(load(16, {1, std::chrono::milliseconds{20}}).error().kind,
              PoolConfigError::unavailable);
}

}  // namespace
}  // namespace ledger
