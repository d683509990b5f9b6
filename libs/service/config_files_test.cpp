#include "service/config_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "service/config.h"

namespace service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

/// Files of one test, in a folder that is gone afterwards.
class ConfigFilesTest : public ::testing::Test {
  protected:
    ConfigFilesTest() {
        char pattern[] = "/tmp/adit-config-XXXXXX";
        folder_ = ::mkdtemp(pattern);
    }
    ~ConfigFilesTest() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path write(const std::string& name, std::string_view text) const {
        const auto file = folder_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream{file} << text;
        return file;
    }
    /// What vardiff-like settings say of it.
    static std::vector<std::string> problems(const std::filesystem::path& file) {
        try {
            ConfigReader reader{file};
            auto root = reader.root();
            auto redis = root.table("redis");
            redis.string_or("address", "");
            redis.optional_path("password_file");
            root.table("pool").integer_in_range("partitions", 16, 1, 64);
            reader.finish();
        } catch (const ConfigError& error) {
            return error.problems();
        }
        return {};
    }

    std::filesystem::path folder_{};
};

TEST_F(ConfigFilesTest, AnIncludedFileIsReadAsIfItStoodThere) {
    write("common/redis.toml", R"([redis]
        address = "redis:6379"
        password_file = "password"
        [pool]
        partitions = 8)");
    const auto file = write("vardiff.toml", R"(include = ["common/redis.toml"]
        [pool]
        tag = "x"
        key_file = "key")");
    ConfigReader reader{file};
    auto root = reader.root();
    EXPECT_EQ(root.table("redis").required_string("address"), "redis:6379");
    EXPECT_EQ(root.table("pool").integer_in_range("partitions", 16, 1, 64), 8);
    EXPECT_EQ(root.table("pool").required_string("tag"), "x");
    // A path starts at the folder of the file in which it stands.
    EXPECT_EQ(root.table("redis").path("password_file"), folder_ / "common/password");
    EXPECT_EQ(root.table("pool").path("key_file"), folder_ / "key");
    reader.finish();
}

TEST_F(ConfigFilesTest, MessagesNameTheFileOfTheKey) {
    write("redis.toml", "[redis]\naddress = 5\nadress = \"x\"\n[pool]\npartitions = 1000");
    EXPECT_THAT(problems(write("vardiff.toml", "include = [\"redis.toml\"]\nlisten = 1")),
                UnorderedElementsAre(HasSubstr("redis.toml: redis.address: is an integer"),
                                     HasSubstr("redis.toml: redis.adress: unknown key"),
                                     HasSubstr("redis.toml: pool.partitions: 1000"),
                                     HasSubstr("vardiff.toml: listen: unknown key")));
}

TEST_F(ConfigFilesTest, AKeyBelongsToOneFile) {
    write("redis.toml", "[redis]\naddress = \"a:1\"");
    write("more.toml", "redis = 5");
    EXPECT_THAT(problems(write("vardiff.toml",
                               "include = [\"redis.toml\", \"more.toml\"]\n"
                               "[redis]\naddress = \"b:1\"")),
                ElementsAre("vardiff.toml: redis.address: is set in redis.toml, too; one must go",
                            "vardiff.toml: redis: is set in more.toml, too; one must go"));
}

TEST_F(ConfigFilesTest, OnlyAServicesOwnFileIncludes) {
    write("redis.toml", "include = [\"redis.toml\"]");
    EXPECT_THAT(problems(write("vardiff.toml", "include = [\"redis.toml\"]")),
                ElementsAre(HasSubstr("redis.toml: include: only a service's own file")));
}

TEST_F(ConfigFilesTest, SaysWhatCannotBeIncluded) {
    EXPECT_THAT(problems(write("a.toml", "include = [\"absent.toml\"]")),
                ElementsAre(HasSubstr("absent.toml: cannot be read: No such file")));
    write("broken.toml", "\nx = = 1");
    EXPECT_THAT(problems(write("b.toml", "include = [\"broken.toml\"]")),
                ElementsAre(HasSubstr("broken.toml:2: not TOML")));
    for (const auto* wrong : {"include = \"redis.toml\"", "include = [5]", "include = [\"\"]"})
        EXPECT_THAT(problems(write("c.toml", wrong)),
                    ElementsAre(HasSubstr("c.toml: include: expected file names")));
}

}  // namespace
}  // namespace service
