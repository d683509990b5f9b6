#include "vardiff/config.h"

#include <gtest/gtest.h>

#include "bitcoin/difficulty.h"

namespace vardiff {
namespace {

Config read(std::string_view text) {
    return read_config(service::ConfigReader::from_text(text));
}

TEST(VardiffConfig, ProposesNothingUnlessToldTo) {
    EXPECT_FALSE(read("").target.has_value());
}

TEST(VardiffConfig, TurnsADifficultyIntoItsTarget) {
    const auto config = read("[target]\ndifficulty = 0.25\n");
    ASSERT_TRUE(config.target.has_value());
    EXPECT_EQ(bitcoin::difficulty_of(*config.target), bitcoin::Difficulty{1U << 30});
}

TEST(VardiffConfig, KnowsTheLedgerAndWhenAGatewayIsTakenForDead) {
    EXPECT_EQ(read("").reap_after, std::chrono::seconds{60});
    const auto config =
        read("reaping.after = \"30s\"\nredis.address = \"r:1\"\npool.partitions = 4\n");
    EXPECT_EQ(config.reap_after, std::chrono::seconds{30});
    EXPECT_EQ(redis::to_string(config.ledger.redis.address), "r:1");
    EXPECT_EQ(config.ledger.partitions, 4U);
    EXPECT_THROW(read("reaping.after = \"19s\"\n"), service::ConfigError);
}

TEST(VardiffConfig, RefusesWhatIsNoDifficultyAndWhatItDoesNotKnow) {
    for (const char* text : {"[target]\ndifficulty = 0\n", "[target]\ndifficulty = -1\n",
                             "[target]\ndifficulty = 1e10\n", "[target]\ndificulty = 1\n"}) {
        SCOPED_TRACE(text);
        EXPECT_THROW(read(text), service::ConfigError);
    }
}

}  // namespace
}  // namespace vardiff
