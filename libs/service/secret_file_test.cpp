#include "service/secret_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "service/config.h"

namespace service {
namespace {

std::filesystem::path file_with(const std::string& text) {
    const auto file = std::filesystem::path{testing::TempDir()} /
                      (std::string{"adit_secret_"} +
                       testing::UnitTest::GetInstance()->current_test_info()->name());
    std::ofstream{file, std::ios::binary} << text;
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return file;
}

TEST(ReadSecretFile, DropsOnlyTheFinalLineEnds) {
    EXPECT_EQ(read_secret_file(file_with(" a b\nc\r\n\n"), "node.cookie_file"), " a b\nc");
}

TEST(ReadSecretFile, SaysWhichKeyNamesAnEmptyFile) {
    const auto file = file_with("\n");
    EXPECT_THAT([&] { read_secret_file(file, "node.cookie_file"); },
                testing::ThrowsMessage<ConfigError>("node.cookie_file: " + file.string() +
                                                    " is empty, expected a secret"));
}

TEST(ReadSecretFile, RefusesWhatOthersCanReadAndSaysTheCure) {
    const auto file = file_with("secret");
    std::filesystem::permissions(file, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    EXPECT_THAT([&] { read_secret_file(file, "redis.password_file"); },
                testing::ThrowsMessage<ConfigError>(testing::AllOf(
                    testing::HasSubstr("redis.password_file"), testing::HasSubstr("mode 0604"),
                    testing::HasSubstr("chmod 600 " + file.string()))));
    std::filesystem::permissions(file, std::filesystem::perms::owner_read |
                                           std::filesystem::perms::owner_write |
                                           std::filesystem::perms::group_read);
    EXPECT_EQ(read_secret_file(file, "redis.password_file"), "secret") << "as mounted secrets are";
}

TEST(ReadSecretFile, RefusesWhatIsMissingAFolderOrTooLarge) {
    EXPECT_THROW(read_secret_file("/nonexistent", "k"), ConfigError);
    EXPECT_THROW(read_secret_file("/", "k"), ConfigError);
    EXPECT_THROW(read_secret_file(file_with(std::string(64 * 1024 + 1, 'x')), "k"), ConfigError);
}

}  // namespace
}  // namespace service
