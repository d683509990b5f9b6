#include "template/spool.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "template/spool_file.h"
#include "template/spool_testing.h"

namespace templates {
namespace {

using Answer = SubmitAnswer::Kind;
using Kind = BlockState::Kind;
using testing::ElementsAre;

std::filesystem::path file_of(const std::filesystem::path& folder, const SpooledBlock& block,
                              const char* kind) {
    return folder / (block.hash.value.to_be_hex() + kind);
}

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    return text.str();
}

TEST_F(SpoolTest, AnswersWhenTheBlockIsOnDiskAndNotWhenTheNodesHaveIt) {
    a.answers.clear();
    b.answers.clear();
    start();
    ASSERT_TRUE(take(block_named(1)));
    ASSERT_TRUE(stored.has_value());
    EXPECT_FALSE(stored->already_known);
    const auto contents = SpoolFolder{folder}.read();
    ASSERT_EQ(contents.entries.size(), 1U);
    EXPECT_EQ(contents.entries[0].block, block_named(1));
    ASSERT_TRUE(take(block_named(1)));
    EXPECT_TRUE(stored->already_known);
    EXPECT_LE(a.blocks.size(), 1U);
    EXPECT_EQ(stage.depth(), 1U) << "the watchdog sees a block that no node has";
}

TEST_F(SpoolTest, SubmitsABlockAgainFromItsFileForAsLongAsThatIsThere) {
    start();
    ASSERT_TRUE(take(block_named(1)));
    ASSERT_TRUE(
        run_until([&] { return is(block_named(1), Kind::accepted) && b.blocks.size() == 1; }));
    ASSERT_EQ(spool->solutions().find(block_named(1).hash)->bytes, nullptr);
    std::optional<std::optional<std::vector<std::string>>> asked;
    const auto resubmit = [&](const SpooledBlock& block) {
        asked.reset();
        spool->resubmit(block.hash, [&](auto found) { asked = std::move(found); });
        return run_until([&] { return asked.has_value(); });
    };
    ASSERT_TRUE(resubmit(block_named(1)));
    ASSERT_TRUE(asked->has_value());
    EXPECT_THAT(**asked, ElementsAre("a", "b"));
    ASSERT_TRUE(run_until([&] { return a.blocks.size() == 2 && b.blocks.size() == 2; }));
    EXPECT_EQ(a.blocks[1].bytes, block_named(1).bytes);
    EXPECT_THAT(events_of(block_named(1)),
                ElementsAre("found", "submitted a", "submitted b", "accepted a", "accepted b",
                            "submitted a", "submitted b", "accepted a", "accepted b"));

    std::filesystem::remove(file_of(folder, block_named(1), ".block"));
    ASSERT_TRUE(resubmit(block_named(1)));
    EXPECT_FALSE(asked->has_value());
    ASSERT_TRUE(resubmit(block_named(7)));
    EXPECT_FALSE(asked->has_value());
    EXPECT_EQ(a.blocks.size(), 2U);
}

TEST_F(SpoolTest, TellsTheNodeThatGaveTheTemplateItsOwnNameForIt) {
    start();
    ASSERT_TRUE(take(block_named(1), Origin{.node = 1, .name = 42}));
    ASSERT_TRUE(run_until([&] { return !a.blocks.empty() && !b.blocks.empty(); }));
    EXPECT_EQ(a.blocks[0].origin, std::nullopt);
    EXPECT_EQ(b.blocks[0].origin, 42U);
}

TEST_F(SpoolTest, SubmitsAlsoWhatIsBeyondTheDisksQueue) {
    start();
    std::size_t on_disk = 0;
    std::size_t refused = 0;
    for (std::uint8_t name = 1; name <= 9; ++name)
        spool->take(block_named(name), std::nullopt,
                    [&](const auto& answer) { ++(answer ? on_disk : refused); });
    ASSERT_TRUE(run_until([&] { return on_disk == 8 && refused == 1; }));
    ASSERT_TRUE(run_until([&] { return a.blocks.size() == 9; }));
    ASSERT_TRUE(take(block_named(9)));
    EXPECT_TRUE(stored.has_value());
}

TEST_F(SpoolTest, AsksANodeUntilItAnswersWhileTheOtherHasTheBlock) {
    a.answers = {
        {Answer::unreachable, "away"}, {Answer::unreachable, "away"}, {Answer::accepted, ""}};
    start();
    ASSERT_TRUE(take(block_named(1)));
    ASSERT_TRUE(run_until([&] { return is(block_named(1), Kind::accepted); }));
    EXPECT_EQ(stage.depth(), 0U);
    ASSERT_TRUE(run_until([&] { return a.blocks.size() == 3; }));
    EXPECT_EQ(a.blocks[2].bytes, block_named(1).bytes);
    EXPECT_EQ(b.blocks.size(), 1U);
    EXPECT_THAT(events_of(block_named(1)),
                ElementsAre("found", "submitted a", "submitted b", "accepted b", "accepted a"));
    EXPECT_EQ(metrics.blocks.with({"accepted"}).value(), 1U) << "one block";
    EXPECT_EQ(metrics.block_answers.with({"a", "accepted"}).value(), 1U);
}

TEST_F(SpoolTest, KeepsNothingForLaterOnceANodeAnswersAgain) {
    settings.retry = {.first = std::chrono::hours{1}, .last = std::chrono::hours{1}};
    a.answers = {
        {Answer::unreachable, "away"}, {Answer::unreachable, "away"}, {Answer::accepted, ""}};
    start();
    for (std::uint8_t name = 1; name <= 3; ++name) {
        ASSERT_TRUE(take(block_named(name)));
        ASSERT_TRUE(run_until([&] { return a.blocks.size() >= name; }));
    }
    ASSERT_TRUE(run_until([&] { return a.blocks.size() == 5; }))
        << "its answer to the third shows that it is back";
    EXPECT_EQ(a.blocks[3].bytes, block_named(1).bytes) << "the oldest first";
    EXPECT_EQ(a.blocks[4].bytes, block_named(2).bytes);

    a.answers = {{Answer::unreachable, "away"}, {Answer::accepted, ""}};
    ASSERT_TRUE(take(block_named(4)));
    ASSERT_TRUE(run_until([&] { return a.blocks.size() == 6; }));
    spool->on_node_back(1);
    EXPECT_EQ(a.blocks.size(), 6U);
    spool->on_node_back(0);
    EXPECT_EQ(a.blocks.size(), 7U);
}

TEST_F(SpoolTest, SubmitsWhatARestartFindsUnsettledAndNothingElse) {
    a.answers = {{Answer::rejected, "high-hash"}};
    b.answers = {{Answer::rejected, "high-hash"}, {Answer::unreachable, "away"}};
    start();
    ASSERT_TRUE(take(block_named(1)));
    ASSERT_TRUE(run_until([&] { return is(block_named(1), Kind::rejected); }));
    a.answers = {{Answer::unreachable, "away"}};
    ASSERT_TRUE(take(block_named(2)));
    ASSERT_TRUE(run_until([&] { return a.blocks.size() >= 2 && b.blocks.size() >= 2; }));
    spool.reset();

    a.blocks.clear();
    b.blocks.clear();
    b.answers = {{Answer::duplicate, "duplicate"}};
    start();
    ASSERT_TRUE(run_until([&] { return is(block_named(2), Kind::accepted); }));
    for (const auto& submitted : b.blocks) EXPECT_EQ(submitted.bytes, block_named(2).bytes);
    EXPECT_EQ(state_of(block_named(1))->reason, "a: high-hash");
    const auto newest = spool->solutions().newest(10);
    ASSERT_EQ(newest.size(), 2U);
    EXPECT_EQ(newest.front()->block.hash, block_named(2).hash);
}

TEST_F(SpoolTest, PublishesAfterARestartWhatRedisDoesNotHaveUnderTheSameNames) {
    start();
    ASSERT_TRUE(take(block_named(1)));
    ASSERT_TRUE(run_until([&] { return events_of(block_named(1)).size() == 5; }));
    auto before = std::exchange(published, {});
    spool->on_published(before.front());
    before.erase(before.begin());
    restart();
    ASSERT_TRUE(run_until([&] { return published.size() == 4; }));
    EXPECT_EQ(published, before);
    tell_redis();
    restart();
    loop.restart();
    loop.poll();
    EXPECT_TRUE(published.empty());
}

TEST_F(SpoolTest, SubmitsABlockThatTheDiskDidNotTakeAndLetsNobodyWaitForIt) {
    start();
    std::filesystem::remove_all(folder);
    ASSERT_TRUE(take(block_named(1)));
    EXPECT_FALSE(stored.has_value());
    ASSERT_TRUE(run_until([&] { return is(block_named(1), Kind::accepted); }));
    ASSERT_TRUE(take(block_named(1)));
    EXPECT_TRUE(stored.has_value()) << "a node has it";
    const auto* const entry = spool->solutions().find(block_named(1).hash);
    ASSERT_TRUE(run_until([&] { return !entry->is_storing; }));

    std::filesystem::create_directory(folder);
    ASSERT_TRUE(take(block_named(1)));
    ASSERT_TRUE(run_until([&] { return entry->is_on_disk; }))
        << "it was asked to store it again, and could";
    EXPECT_EQ(a.blocks.size(), 1U);
}

TEST_F(SpoolTest, SubmitsABlockWhoseFileCannotBeWritten) {
    start();
    std::filesystem::create_directory(file_of(folder, block_named(1), ".block.new"));
    ASSERT_TRUE(take(block_named(1)));
    EXPECT_FALSE(stored.has_value());
    EXPECT_THAT(stored.error(), testing::HasSubstr("Is a directory"));
    ASSERT_TRUE(run_until([&] { return is(block_named(1), Kind::accepted); }));
}

TEST_F(SpoolTest, KeepsNoMoreSettledBlocksThanItShould) {
    settings.confirmations = 1;
    start();
    for (std::uint8_t name = 1; name <= 5; ++name) {
        ASSERT_TRUE(take(block_named(name)));
        ASSERT_TRUE(run_until([&] { return is(block_named(name), Kind::accepted); }));
        spool->on_standing(block_named(name).hash,
                           {.kind = BlockStanding::Kind::in_chain, .confirmations = 1}, name);
        ASSERT_TRUE(run_until([&] {
            tell_redis();
            return state_of(block_named(name))->unpublished.empty();
        }));
    }
    restart();
    EXPECT_EQ(spool->solutions().newest(10).size(), 2U);
    EXPECT_NE(spool->solutions().find(block_named(5).hash), nullptr);
}

TEST_F(SpoolTest, LeavesDamagedFilesWhereTheyAre) {
    const auto damaged = folder / "damaged.block";
    std::ofstream{damaged} << "not a block";
    start();
    EXPECT_TRUE(spool->solutions().newest(10).empty());
    EXPECT_TRUE(std::filesystem::exists(damaged));
    EXPECT_EQ(metrics.spool_unreadable.value(), 1);
}

TEST_F(SpoolTest, SubmitsABlockAgainWhoseStateItDoesNotUnderstandAndKeepsTheState) {
    start();
    ASSERT_TRUE(take(block_named(1)));
    ASSERT_TRUE(run_until([&] { return is(block_named(1), Kind::accepted); }));
    spool.reset();
    const auto newer = "adit-block-state\t2\nsomething else\nend\n";
    std::ofstream{file_of(folder, block_named(1), ".state")} << newer;
    a.blocks.clear();
    start();
    ASSERT_TRUE(run_until([&] { return a.blocks.size() == 1; }));
    EXPECT_EQ(text_of(file_of(folder, block_named(1), ".state.unreadable")), newer);
}

TEST_F(SpoolTest, KeepsItsNameAsAReplica) {
    start();
    ASSERT_TRUE(take(block_named(1)));
    ASSERT_FALSE(published.empty());
    const auto name = published.front().replica;
    EXPECT_EQ(name.size(), 16U);
    published.clear();
    restart();
    ASSERT_TRUE(take(block_named(2)));
    EXPECT_EQ(published.back().replica, name);
}

TEST_F(SpoolTest, SaysWhichFolderItCannotUse) {
    std::filesystem::remove_all(folder);
    std::ofstream{folder} << "a file is in the way";
    EXPECT_THROW(start(), std::runtime_error);
    std::filesystem::remove(folder);
}

}  // namespace
}  // namespace templates
