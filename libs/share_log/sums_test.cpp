#include "share_log/sums.h"

#include <gtest/gtest.h>

namespace share_log {
namespace {

Sums some_sums() {
    Sums sums;
    sums.accepted = 7;
    sums.credited = {.low = ~std::uint64_t{0}, .high = 3};
    sums.blocks = 1;
    sums.last_share_at = base::UnixMicros{std::chrono::microseconds{1'700'000'000'000'001}};
    for (std::size_t i = 0; i < sums.rejected.size(); ++i) sums.rejected[i] = i;
    return sums;
}

TEST(SumsText, DecodingUndoesEncoding) {
    EXPECT_EQ(decode_sums(encode_sums(some_sums())), some_sums());
    EXPECT_EQ(decode_sums(encode_sums({})), Sums{});
    EXPECT_EQ(encode_sums(some_sums()),
              "7 3 18446744073709551615 1 1700000000000001 0 1 2 3 4 5 6 7 8");
}

TEST(SumsText, NothingElseIsSums) {
    const auto whole = encode_sums(some_sums());
    for (const auto& text : {std::string{}, std::string{"1"}, whole + " 1", whole + " ",
                             " " + whole, std::string{"a b"}, "-" + whole})
        EXPECT_FALSE(decode_sums(text).has_value()) << text;
}

TEST(Sums, AddUpAndCarry) {
    auto sums = some_sums();
    sums += some_sums();
    EXPECT_EQ(sums.accepted, 14U);
    EXPECT_EQ(sums.credited, (bitcoin::DifficultySum{.low = ~std::uint64_t{1}, .high = 7}));
    EXPECT_EQ(sums.rejected[8], 16U);
    EXPECT_EQ(sums.rejected_shares(), 72U);
    EXPECT_EQ(sums.last_share_at, some_sums().last_share_at);
}

TEST(MinerOf, TakesTheWorkerOfTheShareBeforeThatOfTheIdentity) {
    EXPECT_EQ(miner_of("alice.rig1", "").identity, "alice");
    EXPECT_EQ(miner_of("alice.rig1", "").worker, "rig1");
    EXPECT_EQ(miner_of("alice.rig1", "board7").worker, "board7");
    EXPECT_EQ(miner_of("alice.a.b", "").worker, "a.b");
    EXPECT_EQ(miner_of("alice", "").worker, "");
    EXPECT_EQ(miner_of("alice", "board7").identity, "alice");
    EXPECT_EQ(worker_name(miner_of("alice", "board7")), "w:alice.board7");
}

TEST(Additions, CountEveryShareForItsIdentityWorkerAndChannel) {
    Record record;
    record.batch.channels = {{mining::ChannelKey{1}, {}, "alice.rig1", 0},
                             {mining::ChannelKey{2}, {}, "alice", 0}};
    record.batch.jobs = {{0, {}}, {1, {}}};
    record.batch.jobs[0].record.channel = mining::ChannelKey{1};
    record.batch.jobs[1].record.channel = mining::ChannelKey{2};
    record.batch.shares = {{0, {}, ""}, {0, {}, "rig2"}, {1, {}, ""}};
    record.result.verdicts.resize(3);
    record.result.verdicts[0].difficulty = bitcoin::Difficulty{5};
    record.result.verdicts[1].error = mining::ShareError::stale_share;
    record.result.verdicts[2].difficulty = bitcoin::Difficulty{6};
    record.result.verdicts[2].solves_block = true;
    Additions additions;
    add(additions, record);
    ASSERT_EQ(additions.names.size(), 3U);
    EXPECT_EQ(additions.names["i:alice"].accepted, 2U);
    EXPECT_EQ(additions.names["i:alice"].credited.low, 11U);
    EXPECT_EQ(additions.names["i:alice"].blocks, 1U);
    EXPECT_EQ(additions.names["w:alice.rig1"].accepted, 1U);
    EXPECT_EQ(additions.names["w:alice.rig2"].rejected_shares(), 1U);
    EXPECT_EQ(additions.channels[mining::ChannelKey{1}].accepted, 1U);
    EXPECT_EQ(additions.channels[mining::ChannelKey{2}].credited.low, 6U);
}

}  // namespace
}  // namespace share_log
