#include "ledger/block_history.h"

#include <gtest/gtest.h>

namespace ledger {
namespace {

struct Happened {
    const char* event;
    const char* replica = "r1";
    const char* node = "";
    const char* reason = "";
};

std::vector<BlockEntry> entries(const std::vector<Happened>& events, std::uint8_t block = 1) {
    std::vector<BlockEntry> made;
    std::int64_t time = 100 * block;
    for (const auto& happened : events) {
        BlockEntry entry;
        entry.hash.value.bytes.fill(block);
        entry.event = happened.event;
        entry.replica = happened.replica;
        entry.node = happened.node;
        entry.reason = happened.reason;
        entry.height = block;
        entry.found_at = base::UnixMicros{std::chrono::microseconds{100 * block}};
        entry.at = base::UnixMicros{std::chrono::microseconds{++time}};
        made.push_back(entry);
    }
    return made;
}

std::string state_of(const std::vector<Happened>& events) {
    return histories_of(entries(events)).front().state;
}

TEST(BlockHistory, SaysHowFarABlockCame) {
    EXPECT_EQ(state_of({{"found"}}), "found");
    EXPECT_EQ(state_of({{"found"}, {"submitted", "r1", "a"}}), "submitted");
    EXPECT_EQ(state_of({{"found"}, {"rejected", "r1", "a"}, {"accepted", "r1", "b"}}), "accepted");
    EXPECT_EQ(state_of({{"found"}, {"side_branch", "r1", "a"}}), "accepted");
    EXPECT_EQ(state_of({{"found"}, {"accepted", "r1", "a"}, {"in_chain"}, {"orphaned"}}),
              "orphaned");
    EXPECT_EQ(state_of({{"found"}, {"orphaned"}, {"in_chain", "r2"}}), "in_chain");
}

TEST(BlockHistory, CallsABlockLostWhenEveryReplicaDoes) {
    EXPECT_EQ(state_of({{"found"}, {"rejected", "r1", "a"}, {"rejected"}}), "rejected");
    EXPECT_EQ(state_of({{"found"},
                        {"found", "r2"},
                        {"rejected", "r1", "a"},
                        {"rejected"},
                        {"submitted", "r2", "a"}}),
              "submitted");
    EXPECT_EQ(state_of({{"found"}, {"rejected"}, {"found", "r2"}, {"accepted", "r2", "a"}}),
              "accepted");
    const auto lost = histories_of(entries({{"found"}, {"given_up", "r1", "", "too old"}}));
    EXPECT_EQ(lost.front().reason, "too old");
}

TEST(BlockHistory, IsTheSameWithReplays) {
    auto all = entries({{"found"}, {"submitted", "r1", "a"}, {"accepted", "r1", "a"}});
    auto replayed = all;
    replayed.insert(replayed.end(), all.begin(), all.end());
    const auto block = histories_of(replayed).front();
    EXPECT_EQ(block.state, "accepted");
    ASSERT_EQ(block.answers.size(), 1U);
    EXPECT_EQ(block.answers.begin()->second.answer, "accepted");
}

TEST(BlockHistory, ListsTheNewestFirst) {
    auto all = entries({{"found"}}, 1);
    for (auto& entry : entries({{"found"}}, 2)) all.push_back(entry);
    const auto blocks = histories_of(all);
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_EQ(blocks[0].first.height, 2U);
}

}  // namespace
}  // namespace ledger
