#include "template/template_file.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "template/devchain.h"

namespace templates {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

mining::BlockTemplate some_template() {
    auto block_template =
        Devchain{{.start_nbits = 0x207fffff}, base::UnixMicros{seconds{1'700'000'000}}}
            .candidate()
            .block_template;
    block_template.ref = {0x1234567890abcdef};
    return block_template;
}

std::vector<SharedTransaction> some_transactions(TransactionPool& pool) {
    return *pool.intern(
        std::vector{base::to_bytes("a transaction"), base::to_bytes("and another one")});
}

class TemplateFile : public testing::Test {
  protected:
    TransactionPool pool_{};
    base::Bytes file_ = encode_template_file(some_template(), some_transactions(pool_));
};

TEST_F(TemplateFile, GivesBackWhatWasPutIn) {
    const auto copy = decode_template_file(file_);
    ASSERT_TRUE(copy.has_value());
    EXPECT_EQ(copy->block_template, some_template());
    EXPECT_EQ(copy->transactions,
              (std::vector{base::to_bytes("a transaction"), base::to_bytes("and another one")}));
    const auto empty = decode_template_file(encode_template_file(some_template(), {}));
    ASSERT_TRUE(empty.has_value());
    EXPECT_TRUE(empty->transactions.empty());
}

TEST_F(TemplateFile, IsNoneWhereItWasCutShortOrChanged) {
    for (std::size_t size = 0; size < file_.size(); ++size)
        EXPECT_FALSE(decode_template_file(base::ByteView{file_}.first(size))) << size;
    for (std::size_t at = 0; at < file_.size(); ++at) {
        auto changed = file_;
        changed[at] ^= std::byte{1};
        EXPECT_FALSE(decode_template_file(changed)) << at;
    }
}

class TemplateFolderTest : public TemplateFile {
  protected:
    TemplateFolderTest() {
        char pattern[] = "/tmp/adit-templates-XXXXXX";
        path_ = ::mkdtemp(pattern);
    }
    ~TemplateFolderTest() override { std::filesystem::remove_all(path_); }

    void age(const char* name) const {
        const auto file = path_ / name;
        std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) - hours{1});
    }
    std::size_t size() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{path_},
                                                      std::filesystem::directory_iterator{}));
    }

    std::filesystem::path path_{};
};

TEST_F(TemplateFolderTest, ReadsWhatWasWrittenAndNothingElse) {
    TemplateFolder folder{path_};
    EXPECT_EQ(folder.write({1}, file_), std::nullopt);
    EXPECT_EQ(folder.read({1}), file_);
    EXPECT_TRUE(folder.read({2}).empty());
    EXPECT_EQ(size(), 1U) << "nothing is left beside";
    folder.remove({1});
    folder.remove({2});
    EXPECT_EQ(size(), 0U);
}

TEST_F(TemplateFolderTest, SaysWhyItCannotWrite) {
    TemplateFolder folder{path_ / "missing"};
    const auto failure = folder.write({1}, file_);
    ASSERT_TRUE(failure.has_value());
    EXPECT_NE(failure->find("missing/0000000000000001.template-new"), std::string::npos)
        << *failure;
    EXPECT_NE(failure->find("No such file"), std::string::npos) << *failure;
    folder.remove_older_than(seconds{0});
}

TEST_F(TemplateFolderTest, RemovesOldOnesAndNoOtherFiles) {
    TemplateFolder folder{path_};
    folder.write({1}, file_);
    folder.write({2}, file_);
    for (const auto* name : {"0000000000000001.template", "replica", "half.template-new"}) {
        if (!std::filesystem::exists(path_ / name)) std::ofstream{path_ / name} << "x";
        age(name);
    }
    folder.remove_older_than(std::chrono::minutes{10});
    EXPECT_TRUE(folder.read({1}).empty());
    EXPECT_EQ(folder.read({2}), file_);
    EXPECT_TRUE(std::filesystem::exists(path_ / "replica"));
    EXPECT_EQ(size(), 2U);
}

}  // namespace
}  // namespace templates
