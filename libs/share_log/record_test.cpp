#include "share_log/record.h"

#include <gtest/gtest.h>

#include "bus/codec.h"

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
    bus::Batch batch_ = two_shares();
    bus::Result result_ = result_of(batch_);
    std::vector<ShareHash> hashes_{bitcoin::BlockHash{bitcoin::uint256_max()}, std::nullopt};
    std::string record_ =
        encode_record(bytes_of(batch_), bus::encode_result(result_), hashes_, bus::WorkerId{42});
};

TEST_F(RecordTest, DecodingUndoesEncoding) {
    const auto record = decode_record(record_, std::string(2, '\0'));
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->batch, batch_);
    EXPECT_EQ(record->result, result_);
    EXPECT_EQ(record->hashes, hashes_);
    EXPECT_EQ(record->worker, bus::WorkerId{42});
}

TEST_F(RecordTest, WhatTheLedgerFoundToBeADuplicateReadsSo) {
    const auto record = decode_record(record_, std::string{"\0\1", 2});
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->result.verdicts[0], result_.verdicts[0]);
    EXPECT_EQ(record->result.verdicts[1].error, mining::ShareError::duplicate_share);
    EXPECT_EQ(record->result.verdicts[1].difficulty, bitcoin::Difficulty{});
    EXPECT_TRUE(record->result.verdicts[1].solves_block);
}

TEST_F(RecordTest, WhatIsNoRecordIsNone) {
    EXPECT_FALSE(decode_record("", "").has_value()) << "format 0";
    EXPECT_FALSE(decode_record("\xff\xff", std::string(2, '\0')).has_value());
    EXPECT_FALSE(decode_record(record_, std::string(1, '\0')).has_value());
    EXPECT_FALSE(decode_record(record_, std::string(3, '\0')).has_value());
    auto fewer = result_;
    fewer.verdicts.pop_back();
    EXPECT_FALSE(decode_record(encode_record(bytes_of(batch_), bus::encode_result(fewer), hashes_,
                                             bus::WorkerId{42}),
                               std::string(2, '\0'))
                     .has_value());
}

}  // namespace
}  // namespace share_log
