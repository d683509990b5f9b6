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

TEST(VardiffConfig, RefusesWhatIsNoDifficultyAndWhatItDoesNotKnow) {
    for (const char* text : {"[target]\ndifficulty = 0\n", "[target]\ndifficulty = -1\n",
                             "[target]\ndifficulty = 1e10\n", "[target]\ndificulty = 1\n"}) {
        SCOPED_TRACE(text);
        EXPECT_THROW(read(text), service::ConfigError);
    }
}

}  // namespace
}  // namespace vardiff
