#include "share_log/record.h"

#include <gtest/gtest.h>

#include "bus/codec.h"
#include "mining/records_testing.h"

namespace share_log {
namespace {

bus::Batch two_shares() {
    bus::Batch batch;
    batch.epoch = mining::Epoch{5};
    batch.partition = bus::Partition{3};
    batch.sequence = 7;
    batch.channels.resize(1);
    batch.jobs.resize(1);
    batch.shares.resize(2);
    batch.shares[1].submitted.nonce = 9;
    batch.events.push_back({1, bus::ChannelOpen{.user_identity = "a"}});
    return batch;
}

bus::Result result_of(const bus::Batch& batch) {
    bus::Result result{batch.epoch, batch.partition, batch.sequence, {}, {}};
    result.verdicts.resize(2);
    result.verdicts[0].difficulty = bitcoin::Difficulty{11};
    result.verdicts[1].difficulty = bitcoin::Difficulty{12};
    result.verdicts[1].solves_block = true;
    result.opens.resize(1);
    result.opens[0].error_code = "unknown-user";
    return result;
}

/// The bytes of a batch as a worker receives them.
std::string bytes_of(const bus::Batch& batch) {
    return bus::decode_to_worker(bus::encode(batch)).value().batch_bytes;
}

class RecordTest : public testing::Test {
  protected:
    std::string encode(const bus::Result& result) const {
        return encode_record(bytes_of(batch_), result, hashes_, templates_, bus::WorkerId{42});
    }

    bus::Batch batch_ = two_shares();
    bus::Result result_ = result_of(batch_);
    std::vector<ShareHash> hashes_{bitcoin::BlockHash{bitcoin::uint256_max()}, std::nullopt};
    std::vector<TemplateFacts> templates_{facts_of(mining::some_template())};
    std::string record_ = encode(result_);
};

TEST_F(RecordTest, DecodingUndoesEncoding) {
    const auto record = decode_record(record_, std::string(2, '\0'));
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->batch, batch_);
    EXPECT_EQ(record->result, result_);
    EXPECT_EQ(record->hashes, hashes_);
    EXPECT_EQ(record->templates, templates_);
    EXPECT_EQ(record->worker, bus::WorkerId{42});
}

TEST_F(RecordTest, KeepsEveryVerdictApart) {
    for (const auto error : mining::share_errors) {
        if (error == mining::ShareError::invalid_channel_id) continue;  // never reaches a worker
        result_.verdicts[0] = {.error = error, .difficulty = {}, .solves_block = true};
        const auto record = decode_record(encode(result_), std::string(2, '\0'));
        ASSERT_TRUE(record.has_value()) << mining::error_code(error);
        EXPECT_EQ(record->result, result_) << mining::error_code(error);
    }
}

TEST_F(RecordTest, KeepsANetworkTargetThatNbitsDoNotSay) {
    templates_[0].network_target = bitcoin::target_max();
    const auto record = decode_record(encode(result_), std::string(2, '\0'));
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->templates, templates_);
    EXPECT_EQ(record->find(templates_[0].ref)->network_target, bitcoin::target_max());
    EXPECT_EQ(record->find(mining::TemplateRef{1}), nullptr);
}

TEST_F(RecordTest, WhatTheLedgerFoundToBeADuplicateReadsSo) {
    const auto record = decode_record(record_, std::string{"\0\1", 2});
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->result.verdicts[0], result_.verdicts[0]);
    EXPECT_EQ(record->result.verdicts[1].error, mining::ShareError::duplicate_share);
    EXPECT_EQ(record->result.verdicts[1].difficulty, bitcoin::Difficulty{});
    EXPECT_TRUE(record->result.verdicts[1].solves_block);
}

/// A record is what Redis keeps most of: what a share adds to it is watched.
TEST_F(RecordTest, AShareTakesFewBytesBesidesWhatTheMinerSent) {
    const auto size_with = [this](std::uint32_t shares) {
        auto batch = two_shares();
        batch.shares.assign(shares, batch.shares[1]);
        auto result = result_;
        result.verdicts.assign(shares, result_.verdicts[0]);
        const std::vector<ShareHash> hashes(shares, hashes_[0]);
        const auto bytes = bytes_of(batch);
        return encode_record(bytes, result, hashes, templates_, {}).size() - bytes.size();
    };
    EXPECT_EQ((size_with(102) - size_with(2)) / 100, 32U + 8U + 1U);
}

TEST_F(RecordTest, WhatIsNoRecordIsNone) {
    EXPECT_FALSE(decode_record("", "").has_value()) << "format 0";
    EXPECT_FALSE(decode_record("\xff\xff", std::string(2, '\0')).has_value());
    EXPECT_FALSE(decode_record(record_, std::string(1, '\0')).has_value());
    EXPECT_FALSE(decode_record(record_, std::string(3, '\0')).has_value());
    auto fewer = result_;
    fewer.verdicts.pop_back();
    EXPECT_FALSE(decode_record(encode(fewer), std::string(2, '\0')).has_value());
    templates_.clear();
    record_ = encode(result_);
    for (std::size_t size = 0; size < record_.size(); ++size)
        EXPECT_FALSE(decode_record(record_.substr(0, size), std::string(2, '\0')).has_value())
            << "cut to " << size;
}

}  // namespace
}  // namespace share_log
