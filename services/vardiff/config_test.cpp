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

TEST(VardiffConfig, FollowsHashRatesWhereARateOfSharesIsGiven) {
    EXPECT_FALSE(read("").policies.has_value());
    const auto config = read(
        "[policy]\nshares_per_minute = 12\nfalse_change_every = \"8h\"\npowers_of_two = true\n"
        "easiest_difficulty = 0.5\nhardest_difficulty = 1024\n");
    ASSERT_TRUE(config.policies.has_value());
    EXPECT_EQ(config.policies->common.shares_per_minute, 12);
    EXPECT_EQ(config.policies->common.false_change_every, std::chrono::hours{8});
    EXPECT_TRUE(config.policies->common.powers_of_two);
    EXPECT_EQ(bitcoin::difficulty_of(config.policies->bounds.hardest).whole(), 1024U);
    EXPECT_LT(config.policies->bounds.hardest, config.policies->bounds.easiest);
    EXPECT_EQ(read("[state]\nkeep_every = \"5s\"\n").keep_every, std::chrono::seconds{5});
    for (const char* text :
         {"[policy]\nshares_per_minute = 0\n",
          "[policy]\nshares_per_minute = 6\nfalse_change_every = \"1m\"\n",
          "[policy]\nshares_per_minute = 6\neasiest_difficulty = 5\nhardest_difficulty = 4\n",
          "[policy]\nshares_per_minute = 6\n[target]\ndifficulty = 1\n"}) {
        SCOPED_TRACE(text);
        EXPECT_THROW(read(text), service::ConfigError);
    }
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
