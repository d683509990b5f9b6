#include "ledger/commit_call.h"

#include <gtest/gtest.h>

namespace ledger {
namespace {

using namespace std::chrono_literals;
using redis::Reply;

bitcoin::BlockHash hash_of(std::uint8_t byte) {
    bitcoin::BlockHash hash;
    hash.value.bytes.fill(byte);
    return hash;
}

TEST(ToCall, PutsTheListsWhereTheScriptLooksForThem) {
    Commit commit;
    commit.epoch = mining::Epoch{5};
    commit.partition = 3;
    commit.sequence = 9;
    commit.live_tips = {hash_of(0xaa)};
    commit.shares = 4;
    commit.credited = {{2, hash_of(0xaa), hash_of(1)}};
    commit.changes = {ChannelOpened{mining::ChannelKey{1}, {{"kind", "extended"}}},
                      ChannelClosed{mining::ChannelKey{2}}};
    commit.record = "record";
    commit.outcome = "outcome";
    const auto call = to_call(commit, DuplicateKey{}, {1000ms, 500ms, 77});
    const auto member = short_hash(DuplicateKey{}, hash_of(1));
    EXPECT_EQ(call.keys,
              (redis::Args{"{p3}:gw", "{p3}:log", "{p3}:tips", "{p3}:readers", "{p3}:log:bytes",
                           "{p3}:seen:aaaaaaaaaaaaaaaa:" + std::to_string(member % 1024),
                           "{p3}:ch:0000000000000001", "{p3}:ch:0000000000000002"}));
    EXPECT_EQ(call.args, (redis::Args{"{p3}:",
                                      "5",
                                      "9",
                                      "record",
                                      "outcome",
                                      "4",
                                      "1000",
                                      "500",
                                      "77",  //
                                      "1",
                                      "aaaaaaaaaaaaaaaa",  //
                                      "1",
                                      std::string("\0\0\1\0", 4),
                                      std::to_string(static_cast<std::int64_t>(member)),  //
                                      "2",
                                      "open",
                                      "1",
                                      "kind",
                                      "extended",  //
                                      "close",
                                      "0"}));
}

TEST(ToCall, SaysWhichSharesAreCreditedOnlyWhereItIsNotTheFirst) {
    Commit commit;
    commit.live_tips = {hash_of(1)};
    commit.shares = 3;
    commit.credited = {{0, hash_of(1), hash_of(7)}, {1, hash_of(1), hash_of(8)}};
    const auto places = [&] { return to_call(commit, DuplicateKey{}, {}).args[12]; };
    EXPECT_EQ(places(), "");
    commit.credited.push_back({2, hash_of(1), hash_of(9)});
    EXPECT_EQ(places(), "");
    commit.credited.erase(commit.credited.begin());
    EXPECT_EQ(places(), (std::string{"\0\1\1", 3}));
    commit.credited.clear();
    EXPECT_EQ(places(), "");
}

TEST(ToCall, NamesTheTipOfEveryCreditedShareSoThatItIsFreedOneDay) {
    Commit commit;
    commit.live_tips = {hash_of(1)};
    commit.shares = 3;
    commit.credited = {
        {0, hash_of(1), hash_of(7)}, {1, hash_of(2), hash_of(8)}, {2, hash_of(1), hash_of(9)}};
    const auto args = to_call(commit, DuplicateKey{}, {}).args;
    EXPECT_EQ(args[9], "2");
    EXPECT_EQ(args[10], "0101010101010101");
    EXPECT_EQ(args[11], "0202020202020202");
}

TEST(ReadAnswer, UnderstandsWhatTheScriptSays) {
    const auto fresh = read_answer(Reply{Reply::Array{Reply{"OK"}, Reply{std::string{"\0\1\0", 3}},
                                                      Reply{1}, Reply{"900"}, Reply{"exporter"}}},
                                   "mine");
    ASSERT_TRUE(fresh.has_value());
    EXPECT_FALSE(fresh->is_replay);
    EXPECT_TRUE(fresh->has_gap);
    EXPECT_EQ(fresh->outcome, "mine");
    EXPECT_EQ(fresh->log.bytes, 900U);
    EXPECT_EQ(fresh->log.slowest_reader, "exporter");
    EXPECT_EQ(fresh->duplicates, (std::vector<bool>{false, true, false}));

    const auto replay = read_answer(
        Reply{Reply::Array{Reply{"REPLAY"}, Reply{"stored"}, Reply{std::string{"\1", 1}}}}, "mine");
    ASSERT_TRUE(replay.has_value());
    EXPECT_TRUE(replay->is_replay);
    EXPECT_EQ(replay->outcome, "stored");
    EXPECT_EQ(replay->duplicates, (std::vector<bool>{true}));

    EXPECT_EQ(read_answer(Reply{Reply::Array{Reply{"REAPED"}}}, "").error(), LedgerError::reaped);
    EXPECT_EQ(read_answer(Reply{Reply::Array{Reply{"OLD"}, Reply{"7"}}}, "").error(),
              LedgerError::old);

    const Reply behind{Reply::Array{Reply{"BEHIND"}, Reply{"77"}, Reply{"exporter"}}};
    EXPECT_EQ(read_answer(behind, "").error(), LedgerError::full);
    ASSERT_TRUE(full_log(behind).has_value());
    EXPECT_EQ(full_log(behind)->bytes, 77U);
    EXPECT_EQ(full_log(behind)->slowest_reader, "exporter");
    EXPECT_FALSE(full_log(Reply{Reply::Array{Reply{"OLD"}, Reply{"7"}}}).has_value());
}

TEST(ReadAnswer, TakesNothingElseForAnAnswer) {
    for (const auto& reply :
         {Reply{}, Reply{1}, Reply{"OK"}, Reply{Reply::Array{}}, Reply{Reply::Array{Reply{"OK"}}},
          Reply{Reply::Array{Reply{"OK"}, Reply{""}, Reply{""}}},
          Reply{Reply::Array{Reply{"BEHIND"}}}, Reply{Reply::Array{Reply{"REPLAY"}}},
          Reply{Reply::Array{Reply{1}, Reply{2}, Reply{3}}}})
        EXPECT_EQ(read_answer(reply, "").error(), LedgerError::unavailable);
}

}  // namespace
}  // namespace ledger
