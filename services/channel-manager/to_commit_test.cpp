#include "channel-manager/to_commit.h"

#include <gtest/gtest.h>

#include <limits>

#include "channel-manager/batch_testing.h"
#include "ledger/channel_fields.h"

namespace channel_manager {
namespace {

ledger::Commit commit_of(const bus::Batch& batch, Judgement* seen = nullptr) {
    FakeTemplates templates;
    templates.add(mining::some_template());
    mining::JobCache cache{4};
    const auto judgement = judge(batch, templates, some_policy(), cache);
    if (seen != nullptr) *seen = judgement;
    return to_commit(batch, judgement, bytes_of(batch), bus::WorkerId{9});
}

TEST(ToCommit, CreditsExactlyTheAcceptedShares) {
    auto batch = some_batch(4, 3);
    batch.shares[1].submitted.state = mining::JobState::stale;
    Judgement judgement;
    const auto commit = commit_of(batch, &judgement);
    EXPECT_EQ(commit.epoch, batch.epoch);
    EXPECT_EQ(commit.partition, 2U);
    EXPECT_EQ(commit.sequence, 4U);
    EXPECT_EQ(commit.shares, 3U);
    EXPECT_EQ(commit.live_tips, batch.live_tips);
    ASSERT_EQ(commit.credited.size(), 2U);
    EXPECT_EQ(commit.credited[0].place, 0U);
    EXPECT_EQ(commit.credited[1].place, 2U);
    EXPECT_EQ(commit.credited[1].hash, judgement.hashes[2]);
    EXPECT_EQ(commit.credited[1].tip, mining::some_template().tip.prev_hash);
}

TEST(ToCommit, TheOutcomeAndTheRecordSayWhatWasJudged) {
    auto batch = some_batch(4, 2);
    batch.events = {{1, some_open()}};
    Judgement judgement;
    const auto commit = commit_of(batch, &judgement);
    EXPECT_EQ(bus::decode_result(commit.outcome), judgement.result);
    const auto record = share_log::decode_record(commit.record, std::string(2, '\0'));
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->batch, batch);
    EXPECT_EQ(record->result, judgement.result);
    EXPECT_EQ(record->hashes, judgement.hashes);
    ASSERT_NE(record->find(batch.jobs[0].record.template_ref), nullptr);
    EXPECT_EQ(*record->find(batch.jobs[0].record.template_ref),
              share_log::facts_of(mining::some_template()));
    EXPECT_EQ(record->worker, bus::WorkerId{9});
}

TEST(ToCommit, WhatHappenedToChannelsComesInItsOrder) {
    auto batch = some_batch(1, 0);
    auto refused = some_open();
    refused.user_identity = "";
    const auto key = some_open().key;
    batch.events = {{0, refused},
                    {0, some_open()},
                    {0, bus::ChannelUpdate{key, 5.0F, bitcoin::target_max(), "", {}}},
                    {0, bus::TargetApplied{key, bitcoin::Target{}}},
                    {0, bus::ChannelClose{key, "gone"}}};
    const auto changes = commit_of(batch).changes;
    ASSERT_EQ(changes.size(), 4U) << "a refused open is no channel";
    const auto& opened = std::get<ledger::ChannelOpened>(changes[0]);
    EXPECT_EQ(opened.key, key);
    EXPECT_EQ(opened.fields.back(),
              (std::pair<std::string, std::string>{"user_identity", "miner.1"}));
    EXPECT_EQ(std::get<ledger::ChannelChanged>(changes[1]).fields[0].second, "5");
    EXPECT_EQ(std::get<ledger::ChannelChanged>(changes[2]).fields[0].second, std::string(64, '0'));
    EXPECT_EQ(std::get<ledger::ChannelClosed>(changes[3]).key, key);
}

TEST(ToCommit, AChannelThatPaysOthersFromNowOnSaysSoInTheLedgerAndTheLog) {
    auto batch = some_batch(1, 0);
    const auto key = some_open().key;
    batch.events = {{0, bus::ChannelUpdate{key, 5.0F, bitcoin::target_max(), "miner.1",
                                           mining::outputs_id(some_policy().payout.pool)}},
                    {0, bus::ChannelUpdate{key, 6.0F, bitcoin::target_max(), "miner.1", {77}}},
                    {0, bus::ChannelClose{key, "gone"}}};
    FakeTemplates templates;
    mining::JobCache cache{1};
    const auto judgement = judge(batch, templates, some_policy(), cache);
    ASSERT_EQ(judgement.result.outputs_changes.size(), 1U) << "the first pays them already";
    EXPECT_EQ(judgement.result.outputs_changes[0].outputs, some_policy().payout.pool);
    const auto commit = to_commit(batch, judgement, bytes_of(batch), bus::WorkerId{9});
    ASSERT_EQ(commit.changes.size(), 3U);
    EXPECT_EQ(std::get<ledger::ChannelChanged>(commit.changes[0]).fields.size(), 2U);
    const auto& changed = std::get<ledger::ChannelChanged>(commit.changes[1]).fields;
    ASSERT_EQ(changed.size(), 3U);
    EXPECT_EQ(changed[2].first, "outputs");
    EXPECT_TRUE(std::holds_alternative<ledger::ChannelClosed>(commit.changes[2]))
        << "nothing comes after the end";
    const auto record = share_log::decode_record(commit.record, "");
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->result, judgement.result);
}

TEST(ToCommit, EveryFieldOfAChannelStaysCompactInRedis) {
    auto batch = some_batch(1, 0);
    auto open = some_open();
    open.user_identity = std::string(255, 'x');
    open.peer = "[2001:0db8:1234:5678:1234:5678:1234:5678]:65535";
    open.nominal_hash_rate = std::numeric_limits<float>::max();
    open.channel_id = std::numeric_limits<std::uint32_t>::max();
    batch.events = {{0, open}};
    const auto changes = commit_of(batch).changes;
    ASSERT_EQ(changes.size(), 1U);
    for (const auto& [name, value] : std::get<ledger::ChannelOpened>(changes[0]).fields)
        EXPECT_LE(value.size(), ledger::compact_value_size_max) << name;
}

}  // namespace
}  // namespace channel_manager
