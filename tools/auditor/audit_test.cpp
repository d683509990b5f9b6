#include "auditor/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mining/records_testing.h"

namespace auditor {
namespace {

using testing::HasSubstr;

bitcoin::BlockHash hash_of(std::uint8_t number) {
    bitcoin::BlockHash hash;
    hash.value.bytes.fill(number);
    return hash;
}

/// Three shares of difficulty 1.5: two acknowledged, the third never answered. The ledger has all,
/// in one record.
class AuditTest : public testing::Test {
  protected:
    AuditTest() {
        record.batch.channels.resize(1);
        record.batch.jobs = {{0, mining::some_record()}};
        auto& job = record.batch.jobs[0].record;
        job.target = bitcoin::target_of(bitcoin::Difficulty{3ULL << 31});
        record.templates = {share_log::facts_of(mining::some_template())};
        record.result.opens.resize(1);
        record.result.opens[0].key = job.channel;

        JournalChannel channel;
        channel.name = "one";
        channel.key = job.channel;
        channel.has_success = true;
        channel.last_sequence_number = 2;
        channel.accepted_count = 2;
        channel.accepted_sum = 3;
        journal = {channel};
        for (std::uint32_t i = 1; i <= 3; ++i) {
            add_entry(i);
            submit(i);
        }
    }
    /// The hash is below every target, hence a block as well.
    bitcoin::BlockHash hash(std::uint32_t number) const {
        bitcoin::BlockHash hash;
        hash.value.bytes[0] = static_cast<std::uint8_t>(number);
        return hash;
    }
    void add_entry(std::uint32_t number) {
        auto share = mining::some_share();
        share.sequence_number = number;
        share.nonce = 10 + number;
        record.batch.shares.push_back({0, share, ""});
        record.hashes.emplace_back(hash(number));
        auto& verdict = record.result.verdicts.emplace_back();
        verdict.difficulty =
            bitcoin::Difficulty{difficulty_q32(record.batch.jobs[0].record.target)};
        verdict.solves_block = true;
    }
    void submit(std::uint32_t number, std::uint32_t hash_number) {
        SubmittedShare share;
        share.sequence_number = number;
        share.nonce = 10 + hash_number;
        share.ntime = mining::some_share().ntime;
        share.version = mining::some_share().version;
        share.nbits = record.templates[0].nbits;
        share.prev_hash = record.templates[0].prev_hash;
        share.hash = hash(hash_number);
        share.has_header = true;
        journal[0].shares.push_back(share);
    }
    void submit(std::uint32_t number) { submit(number, number); }
    void reject(std::size_t place, mining::ShareError error) {
        auto& verdict = record.result.verdicts[place];
        verdict.error = error;
        verdict.difficulty = {};
    }
    void drop_entry(std::size_t place) {
        const auto at = static_cast<std::ptrdiff_t>(place);
        record.batch.shares.erase(record.batch.shares.begin() + at);
        record.hashes.erase(record.hashes.begin() + at);
        record.result.verdicts.erase(record.result.verdicts.begin() + at);
    }
    Report audit() const {
        Audit auditing{journal};
        auditing.add(record);
        return auditing.finish();
    }
    std::vector<std::string> violated() const {
        std::vector<std::string> names;
        for (const auto& violation : audit().violations) names.push_back(violation.invariant);
        return names;
    }

    std::vector<JournalChannel> journal{};
    share_log::Record record{};
};

using Names = std::vector<std::string>;

TEST_F(AuditTest, FindsNothingWhereNothingIsWrong) {
    const auto report = audit();
    EXPECT_TRUE(report.violations.empty()) << report.violations.at(0).what;
    EXPECT_EQ(report.channels, 1U);
    EXPECT_EQ(report.submitted, 3U);
    EXPECT_EQ(report.acknowledged, 2U);
    EXPECT_EQ(report.unknown, 1U);
    EXPECT_EQ(report.ledger_credited, 3U);
}

TEST_F(AuditTest, AShareThatNobodyHeardOfMayBeInTheLedgerOrNot) {
    drop_entry(2);
    EXPECT_EQ(violated(), Names{});
}

TEST_F(AuditTest, I1AnAcknowledgedShareThatIsNotInTheLedger) {
    drop_entry(0);
    journal[0].accepted_sum = 1;
    EXPECT_EQ(violated(), (Names{"I1"}));
    EXPECT_THAT(audit().violations[0].what, HasSubstr("one: share 1 ("));
    EXPECT_THAT(audit().violations[0].what, HasSubstr("was acknowledged and is not in the ledger"));
}

TEST_F(AuditTest, I1AnAcknowledgedShareThatTheLedgerRejected) {
    reject(1, mining::ShareError::stale_share);
    record.batch.shares[1].submitted.state = mining::JobState::stale;
    journal[0].accepted_sum = 1;
    EXPECT_EQ(violated(), (Names{"I1"}));
}

TEST_F(AuditTest, I1ALogThatLacksEntries) {
    Audit auditing{journal};
    auditing.add(record);
    auditing.add_missing(3, "100 bytes are missing");
    EXPECT_EQ(auditing.finish().violations.at(0),
              (Violation{"I1", "log of partition 3: 100 bytes are missing"}));
}

TEST_F(AuditTest, I2AShareThatNobodySubmitted) {
    add_entry(9);
    EXPECT_EQ(violated(), (Names{"I2"}));
    record.hashes.back() = std::nullopt;
    record.result.verdicts.back() = {};
    reject(3, mining::ShareError::invalid_share);
    EXPECT_EQ(violated(), (Names{"I2"})) << "also without a hash";
}

TEST_F(AuditTest, I2AShareOfAnotherChannel) {
    journal[0].key = mining::ChannelKey{1};
    journal[0].has_success = false;
    journal[0].accepted_count = journal[0].accepted_sum = 0;
    EXPECT_EQ(violated(), (Names{"I2", "I2", "I2"}));
}

TEST_F(AuditTest, I2AShareThatIsThereMoreOftenThanItWasSubmitted) {
    add_entry(1);
    reject(3, mining::ShareError::duplicate_share);
    EXPECT_EQ(violated(), (Names{"I2", "I4"})) << "the second says other than the miner was told";
    record.batch.shares[3].submitted.sequence_number = 4;
    submit(4, 1);
    journal[0].rejected[4] = "duplicate-share";
    EXPECT_EQ(violated(), Names{}) << "sent twice, rejected as a duplicate once";
}

TEST_F(AuditTest, I4ADuplicateThatWasAcknowledged) {
    add_entry(1);
    reject(3, mining::ShareError::duplicate_share);
    record.batch.shares[3].submitted.sequence_number = 4;
    drop_entry(2);
    journal[0].shares.pop_back();
    submit(4, 1);
    journal[0].last_sequence_number = 4;
    journal[0].accepted_count = 3;
    journal[0].accepted_sum = 4;
    EXPECT_EQ(violated(), (Names{"I4"})) << "the miner was told of its credit twice";
}

TEST_F(AuditTest, AShareWithoutAHashIsKnownByItsNumbers) {
    add_entry(4);
    record.hashes.back() = std::nullopt;
    record.batch.shares[3].submitted.extranonce = {};
    record.result.verdicts.back() = {};
    reject(3, mining::ShareError::bad_extranonce_size);
    submit(4);
    journal[0].rejected[4] = "bad-extranonce-size";
    EXPECT_EQ(violated(), Names{});
}

TEST_F(AuditTest, I3AShareThatIsCreditedTwice) {
    add_entry(3);
    record.batch.shares[3].submitted.sequence_number = 4;
    submit(4, 3);
    EXPECT_EQ(violated(), (Names{"I3"}));
    EXPECT_THAT(audit().violations[0].what, HasSubstr("is credited 2 times"));
}

TEST_F(AuditTest, I4ASumOrACountThatDoesNotAddUp) {
    journal[0].accepted_sum = 4;
    EXPECT_EQ(violated(), (Names{"I4"}));
    journal[0].accepted_sum = 2;
    EXPECT_EQ(violated(), (Names{"I4"}));
    journal[0].accepted_sum = 3;
    journal[0].accepted_count = 1;
    EXPECT_EQ(violated(), (Names{"I4"}));
}

TEST_F(AuditTest, I4ARejectedShareThatIsCredited) {
    journal[0].rejected[3] = "duplicate-share";
    EXPECT_EQ(violated(), (Names{"I4"}));
    EXPECT_THAT(audit().violations[0].what, HasSubstr("was rejected and is credited"));
}

TEST_F(AuditTest, I5AVerdictThatTheRecordDoesNotAskFor) {
    record.batch.shares[2].submitted.ntime = 1;
    journal[0].shares[2].has_header = false;
    EXPECT_EQ(violated(), (Names{"I5"}));
    EXPECT_THAT(audit().violations[0].what,
                HasSubstr("share 3 is accepted in the ledger, and by its record invalid-share"));
}

TEST_F(AuditTest, I5ARejectionThatTheRecordDoesNotAskFor) {
    reject(2, mining::ShareError::stale_share);
    EXPECT_EQ(violated(), (Names{"I5"}));
}

TEST_F(AuditTest, I5AHashThatDoesNotMeetTheTarget) {
    record.batch.jobs[0].record.target.value = {};
    EXPECT_THAT(violated(), testing::Contains("I5"));
}

TEST_F(AuditTest, I5ABlockThatIsNotCalledSo) {
    record.result.verdicts[0].solves_block = false;
    EXPECT_EQ(violated(), (Names{"I5"}));
}

TEST_F(AuditTest, I5ADifficultyThatIsNotTheTargets) {
    record.result.verdicts[2].difficulty.q32 += 1;
    EXPECT_EQ(violated(), (Names{"I5"}));
}

TEST_F(AuditTest, I5ADuplicateOfNothing) {
    reject(2, mining::ShareError::duplicate_share);
    EXPECT_EQ(violated(), (Names{"I5"}));
}

TEST_F(AuditTest, I5AnotherHeaderThanTheMiners) {
    journal[0].shares[0].version ^= 0x20;
    EXPECT_EQ(violated(), (Names{"I5"}));
    journal[0].shares[0].version ^= 0x20;
    journal[0].shares[0].prev_hash = hash_of(7);
    EXPECT_EQ(violated(), (Names{"I5"}));
}

TEST_F(AuditTest, I5AnAnswerThatIsNotTheLedgers) {
    reject(2, mining::ShareError::stale_share);
    record.batch.shares[2].submitted.state = mining::JobState::stale;
    journal[0].rejected[3] = "invalid-share";
    EXPECT_EQ(violated(), (Names{"I5"}));
    journal[0].rejected[3] = "stale-share";
    EXPECT_EQ(violated(), Names{});
}

TEST_F(AuditTest, I7TwoChannelsWithOnePrefix) {
    JournalChannel other;
    other.name = "two";
    other.key = journal[0].key;
    journal.push_back(other);
    EXPECT_EQ(violated(), (Names{"I7"}));
    journal.pop_back();
    record.result.opens.push_back(record.result.opens[0]);
    EXPECT_EQ(violated(), (Names{"I7"}));
}

TEST_F(AuditTest, I7AJobThatSearchesBehindAnothersPrefix) {
    record.batch.jobs[0].record.extranonce_prefix =
        *mining::Extranonce::from(mining::ChannelKey{77}.to_bytes());
    EXPECT_EQ(violated(), (Names{"I7"}));
}

TEST_F(AuditTest, TakesManyShares) {
    constexpr std::uint32_t records = 400;
    constexpr std::uint32_t shares = 250;
    journal[0].shares.clear();
    journal[0].has_success = false;
    journal[0].accepted_count = journal[0].accepted_sum = 0;
    journal[0].shares.reserve(records * shares);
    const auto number_hash = [](std::uint32_t number) {
        bitcoin::BlockHash hash;
        for (std::size_t i = 0; i < 4; ++i)
            hash.value.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
        return hash;
    };
    for (std::uint32_t i = 0; i < records * shares; ++i) {
        SubmittedShare share;
        share.sequence_number = share.nonce = i;
        share.hash = number_hash(i);
        journal[0].shares.push_back(share);
    }
    Audit auditing{std::move(journal)};
    record.batch.shares.resize(1);
    record.hashes.resize(1);
    record.result.verdicts.resize(1);
    record.result.opens.clear();
    for (std::uint32_t i = 1; i < shares; ++i) add_entry(i);
    for (std::uint32_t i = 0; i < records; ++i) {
        for (std::uint32_t j = 0; j < shares; ++j) {
            auto& submitted = record.batch.shares[j].submitted;
            submitted.sequence_number = submitted.nonce = i * shares + j;
            record.hashes[j] = number_hash(i * shares + j);
        }
        auditing.add(record);
    }
    const auto report = auditing.finish();
    EXPECT_EQ(report.ledger_credited, records * shares);
    EXPECT_TRUE(report.violations.empty());
}

}  // namespace
}  // namespace auditor
