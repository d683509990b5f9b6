#include "devnode/chain_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace devnode {
namespace {

using Kind = ChainEvent::Kind;

class ChainFiles : public testing::Test {
  protected:
    ChainFiles() { std::filesystem::remove(path_); }
    ~ChainFiles() override { std::filesystem::remove(path_); }

    void write(const std::string& text) const { std::ofstream{path_, std::ios::app} << text; }

    std::string path_ = testing::TempDir() + "chain_file_test." + std::to_string(::getpid());
};

std::vector<ChainEvent> some_events() {
    const base::UnixMicros at{std::chrono::microseconds{1'700'000'000'000'001}};
    return {{.kind = Kind::start, .at = at},
            {.kind = Kind::block, .at = at, .block = base::to_bytes("a block")},
            {.kind = Kind::others_block, .at = at},
            {.kind = Kind::transaction, .at = at},
            {.kind = Kind::take_back, .at = at, .hash = {bitcoin::uint256_max()}}};
}

TEST_F(ChainFiles, GivesBackWhatWasWritten) {
    {
        ChainFile file{path_};
        EXPECT_TRUE(file.events().empty());
        for (const auto& event : some_events()) file.append(event);
    }
    EXPECT_EQ(ChainFile{path_}.events(), some_events());
}

TEST_F(ChainFiles, LeavesOutALineThatWasCutOffAndGoesOnBehindTheLastWholeOne) {
    const auto events = some_events();
    write(encode_event(events[0]) + "\n" + encode_event(events[1]).substr(0, 30));
    {
        ChainFile file{path_};
        ASSERT_EQ(file.events().size(), 1U);
        file.append(events[2]);
    }
    const std::vector<ChainEvent> expected{events[0], events[2]};
    EXPECT_EQ(ChainFile{path_}.events(), expected);
}

TEST_F(ChainFiles, NamesALineThatIsNone) {
    write("start 1\nblock 2 xyz\n");
    try {
        const ChainFile file{path_};
        FAIL() << "took it";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string{error.what()}.find("line 2"), std::string::npos) << error.what();
    }
}

TEST(ChainFile, WithoutAPathKeepsNothing) {
    ChainFile file{""};
    file.append({.kind = Kind::start});
    EXPECT_TRUE(file.events().empty());
}

}  // namespace
}  // namespace devnode
