#include "auditor/verdict.h"

#include <gtest/gtest.h>

#include "mining/records_testing.h"

namespace auditor {
namespace {

using mining::ShareError;

/// A record with one good share, of which each test spoils something.
class DeservedVerdict : public testing::Test {
  protected:
    DeservedVerdict() {
        record.batch.channels.resize(1);
        record.batch.jobs = {{0, mining::some_record()}};
        record.batch.shares = {{0, mining::some_share(), ""}};
        record.hashes = {bitcoin::BlockHash{bitcoin::uint256_max()}};
        record.templates = {share_log::facts_of(mining::some_template())};
        record.result.verdicts.resize(1);
    }
    std::optional<ShareError> error() const { return deserved_verdict(record, 0).error; }

    mining::SubmittedShare& share() { return record.batch.shares[0].submitted; }
    mining::JobRecord& job() { return record.batch.jobs[0].record; }

    share_log::Record record{};
};

TEST_F(DeservedVerdict, AcceptsAGoodShare) {
    EXPECT_EQ(error(), std::nullopt);
    EXPECT_FALSE(deserved_verdict(record, 0).solves_block);
}

TEST_F(DeservedVerdict, FindsEveryDefect) {
    share().state = mining::JobState::closed;
    EXPECT_EQ(error(), ShareError::stale_share);
    share().state = mining::JobState::past;
    EXPECT_EQ(error(), std::nullopt);
    share().ntime = 999;
    EXPECT_EQ(error(), ShareError::invalid_share);
    share().ntime = 1000 + 7201;
    EXPECT_EQ(error(), ShareError::invalid_share);
    share().ntime = 1000 + 7200;
    EXPECT_EQ(error(), std::nullopt);
    share().version ^= 0x00000020;
    EXPECT_EQ(error(), std::nullopt);
    job().version_rolling_allowed = false;
    EXPECT_EQ(error(), ShareError::version_rolling_not_allowed);
    job().version_rolling_allowed = true;
    share().version ^= 0x00000001;
    EXPECT_EQ(error(), ShareError::invalid_non_rollable_version_bit);
    job().extranonce_size = 7;
    EXPECT_EQ(error(), ShareError::bad_extranonce_size);
}

TEST_F(DeservedVerdict, MeasuresTheHashByTheJobsTargetAndTheNetworks) {
    job().target.value.bytes[31] = 0x7f;
    EXPECT_EQ(error(), ShareError::difficulty_too_low);
    record.hashes[0] = bitcoin::BlockHash{job().target.value};
    EXPECT_EQ(error(), std::nullopt) << "equal counts";
    EXPECT_FALSE(deserved_verdict(record, 0).solves_block);
    record.hashes[0] = bitcoin::BlockHash{record.templates[0].network_target.value};
    EXPECT_TRUE(deserved_verdict(record, 0).solves_block);
    share().state = mining::JobState::stale;
    EXPECT_TRUE(deserved_verdict(record, 0).solves_block) << "whatever the verdict";
}

TEST_F(DeservedVerdict, AnEasedTargetCountsForWhatMissesTheJobsAndIsWhatItIsWorth) {
    job().target.value.bytes[31] = 0x10;
    job().eased_target = bitcoin::Target{job().target};
    job().eased_target->value.bytes[31] = 0x20;
    record.hashes[0] = bitcoin::BlockHash{job().target.value};
    EXPECT_EQ(deserved_verdict(record, 0).target, job().target);
    record.hashes[0] = bitcoin::BlockHash{job().eased_target->value};
    EXPECT_EQ(error(), std::nullopt);
    EXPECT_EQ(deserved_verdict(record, 0).target, *job().eased_target);
    job().eased_target->value.bytes[31] = 0x1f;
    EXPECT_EQ(error(), ShareError::difficulty_too_low);
}

TEST_F(DeservedVerdict, AMinersOwnJobIsInTheBatch) {
    const auto of = mining::some_template();
    const mining::CustomJob custom{.version = of.version,
                                   .prev_hash = of.tip.prev_hash,
                                   .min_ntime = 1001,
                                   .nbits = of.tip.nbits};
    job().custom_job = mining::custom_job_id(custom);
    job().template_ref = {};
    record.templates.clear();
    EXPECT_EQ(error(), ShareError::stale_share);
    record.batch.custom_jobs = {custom};
    EXPECT_EQ(error(), ShareError::invalid_share) << "its own min_ntime";
    share().ntime = 1001;
    EXPECT_EQ(error(), std::nullopt);
}

TEST_F(DeservedVerdict, AShareWithoutATemplateIsStaleAndOneWithoutAHashInvalid) {
    record.hashes[0] = std::nullopt;
    EXPECT_EQ(error(), ShareError::invalid_share);
    record.templates.clear();
    EXPECT_EQ(error(), ShareError::stale_share);
}

}  // namespace
}  // namespace auditor
