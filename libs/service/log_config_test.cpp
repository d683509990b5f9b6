#include "service/log_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace service {
namespace {

TEST(ReadLogConfig, TakesLevelAndFormatFromTheLogTable) {
    auto reader = ConfigReader::from_text("[log]\nlevel = \"error\"\nformat = \"json\"");
    const auto config = read_log_config(reader.root());
    EXPECT_NO_THROW(reader.finish());
    EXPECT_EQ(config.level, base::LogLevel::error);
    EXPECT_EQ(config.format, base::LogFormat::json);
}

TEST(ReadLogConfig, IsQuietAndPlainWithoutTheTable) {
    auto reader = ConfigReader::from_text("");
    const auto config = read_log_config(reader.root());
    EXPECT_EQ(config.level, base::LogLevel::info);
    EXPECT_EQ(config.format, base::LogFormat::key_value);
}

TEST(ReadLogConfig, NamesTheLevelsThereAre) {
    auto reader = ConfigReader::from_text("[log]\nlevel = \"loud\"");
    read_log_config(reader.root());
    EXPECT_THAT([&] { reader.finish(); },
                testing::ThrowsMessage<ConfigError>(
                    "config.toml: log.level: \"loud\" is not one of: debug, info, warning, error"));
}

}  // namespace
}  // namespace service
