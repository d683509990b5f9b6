#include "channel-manager/allow_list_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <cstdlib>
#include <fstream>
#include <optional>

namespace channel_manager {
namespace {

using std::chrono_literals::operator""ms;

class AllowListFileTest : public testing::Test {
  protected:
    AllowListFileTest() {
        std::string pattern = testing::TempDir() + "adit-allow-list-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        file_ = folder_ / "allowed";
    }
    ~AllowListFileTest() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& text) {
        std::ofstream{folder_ / "new"} << text;
        std::filesystem::rename(folder_ / "new", file_);
    }
    /// Turns the loop until the lists seen are so many, but not for ever.
    std::size_t run_until(std::size_t lists, int turns_max = 10'000) {
        for (int turn = 0; seen_.size() < lists && turn < turns_max; ++turn) io_.run_one_for(1ms);
        return seen_.size();
    }

    std::filesystem::path folder_{};
    std::filesystem::path file_{};
    boost::asio::io_context io_{};
    // It is not over when it has nothing to do while the file is being read.
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        io_.get_executor()};
    std::vector<std::shared_ptr<const AllowList>> seen_{};
    std::optional<AllowListFile> followed_{};

    void follow() {
        followed_.emplace(
            io_, file_, [this](auto list) { seen_.push_back(std::move(list)); }, 5ms);
    }
};

TEST_F(AllowListFileTest, IsReadAtFirstAndAfterEachChange) {
    write("alice\n");
    follow();
    ASSERT_EQ(run_until(1), 1U);
    EXPECT_TRUE(seen_[0]->has("alice.rig"));
    EXPECT_EQ(run_until(2, 100), 1U) << "nothing changed";
    write("alice\nbob\n");
    ASSERT_EQ(run_until(2), 2U);
    EXPECT_TRUE(seen_[1]->has("bob"));
    write("");
    ASSERT_EQ(run_until(3), 3U);
    EXPECT_FALSE(seen_[2]->has("alice"));
}

TEST_F(AllowListFileTest, StaysAsItWasWhenTheFileIsGoneOrWrong) {
    write("alice\n");
    follow();
    ASSERT_EQ(run_until(1), 1U);
    std::filesystem::remove(file_);
    EXPECT_EQ(run_until(2, 100), 1U);
    write("alice\n.no account\n");
    EXPECT_EQ(run_until(2, 100), 1U);
    write("carol\n");
    ASSERT_EQ(run_until(2), 2U);
    EXPECT_TRUE(seen_[1]->has("carol"));
}

TEST_F(AllowListFileTest, EndsWhileItReads) {
    write("alice\n");
    follow();
    followed_->stop();
    followed_.reset();
    EXPECT_EQ(run_until(1, 100), 0U);
}

TEST_F(AllowListFileTest, SaysWhyItCannotBeRead) {
    EXPECT_THAT(read_allow_list(file_).error(), testing::HasSubstr("No such file"));
    EXPECT_THAT(read_allow_list(folder_).error(), testing::HasSubstr("folder"));
}

}  // namespace
}  // namespace channel_manager
