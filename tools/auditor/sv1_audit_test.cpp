#include "auditor/sv1_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mining/records_testing.h"

namespace auditor {
namespace {

using testing::HasSubstr;
using Names = std::vector<std::string>;

bitcoin::BlockHash hash(std::uint8_t high, std::uint8_t low = 0) {
    bitcoin::BlockHash hash;
    hash.value.bytes[31] = high;
    hash.value.bytes[0] = low;
    return hash;
}
bitcoin::Target target(std::uint8_t high) {
    return bitcoin::Target{hash(high).value};
}

/// A miner that was told 0x80.. and sent three shares: two accepted, one not answered. The ledger's
/// target for its job is 0x40.., and it has all three.
class Sv1AuditTest : public testing::Test {
  protected:
    Sv1AuditTest() {
        record.batch.jobs = {{0, mining::some_record()}};
        record.batch.jobs[0].record.target = target(0x40);
        journal = {{.name = "one"}, {.name = "two"}};
        for (std::uint8_t i = 1; i <= 3; ++i) {
            submit(hash(0x20, i), i < 3 ? Sv1Share::Answer::accepted : Sv1Share::Answer::none);
            ledger.emplace_back(hash(0x20, i), bus::Verdict{});
        }
    }
    Sv1Share& submit(const bitcoin::BlockHash& of, Sv1Share::Answer answer,
                     std::size_t connection = 0) {
        auto& shares = journal[connection].shares;
        const auto& job = record.batch.jobs[0].record;
        shares.push_back({.request_id = shares.size() + 1,
                          .hash = of,
                          .target = target(0x80),
                          .job = LedgerJob{job.channel, job.template_ref, job.variant},
                          .sent_us = 1'000'000,
                          .answered_us = answer == Sv1Share::Answer::none ? 0 : 1'050'000,
                          .answer = answer});
        return shares.back();
    }
    void reject(std::size_t place, mining::ShareError error) { ledger[place].second.error = error; }
    Names violated() {
        Sv1Audit audit{journal, local};
        audit.add(record);
        for (const auto& [of, verdict] : ledger) foreign = !audit.add_share(of, verdict);
        violations.clear();
        audit.finish(violations);
        report = audit.report();
        Names names;
        for (const auto& violation : violations) names.push_back(violation.invariant);
        return names;
    }

    std::vector<Sv1Connection> journal{};
    share_log::Record record{};
    std::vector<std::pair<bitcoin::BlockHash, bus::Verdict>> ledger{};
    LocalAnswers local{};
    std::vector<Violation> violations{};
    Sv1Report report{};
    bool foreign = false;
};

TEST_F(Sv1AuditTest, FindsNothingWhereNothingIsWrong) {
    EXPECT_EQ(violated(), Names{});
    EXPECT_EQ(report.submitted, 3U);
    EXPECT_EQ(report.accepted, 2U);
    EXPECT_EQ(report.unknown, 1U);
    EXPECT_FALSE(foreign);
}

TEST_F(Sv1AuditTest, LeavesTheSharesOfOthersAlone) {
    ledger.emplace_back(hash(0x01), bus::Verdict{});
    EXPECT_EQ(violated(), Names{});
    EXPECT_TRUE(foreign);
}

TEST_F(Sv1AuditTest, I1AnAcceptedShareThatIsNotInTheLedger) {
    ledger.erase(ledger.begin());
    EXPECT_EQ(violated(), Names{"I1"});
    EXPECT_THAT(violations[0].what, HasSubstr("one: share 1 ("));
    EXPECT_THAT(violations[0].what, HasSubstr("is not in the ledger"));
}

TEST_F(Sv1AuditTest, I1AnAcceptedShareThatTheLedgerRejected) {
    reject(0, mining::ShareError::stale_share);
    EXPECT_EQ(violated(), Names{"I1"});
    EXPECT_THAT(violations[0].what, HasSubstr("is not credited"));
}

TEST_F(Sv1AuditTest, AShareThatMissesTheLedgersTargetNeedNotBeThere) {
    submit(hash(0x40), Sv1Share::Answer::accepted);
    EXPECT_EQ(violated(), Names{"I1"}) << "it meets the target";
    journal[0].shares.back().hash = hash(0x40, 1);
    EXPECT_EQ(violated(), Names{});
    EXPECT_EQ(report.is_short, 1U);
}

TEST_F(Sv1AuditTest, AJobThatTheLedgerHasNoShareOfHasTheHardestTargetOfItsChannel) {
    submit(hash(0x41), Sv1Share::Answer::accepted).job->variant = mining::Variant{77};
    EXPECT_EQ(violated(), Names{});
    EXPECT_EQ(report.is_short_by_channel, 1U);
    journal[0].shares.back().hash = hash(0x3f);
    EXPECT_EQ(violated(), Names{"I1"});
    record.batch.events = {
        {0, bus::TargetApplied{record.batch.jobs[0].record.channel, target(0x30)}}};
    EXPECT_EQ(violated(), Names{}) << "the channel had a harder target at some time";
    journal[0].shares.back().job->channel = mining::ChannelKey{1};
    EXPECT_EQ(violated(), Names{"I1"}) << "nothing is known of that channel";
    journal[0].shares.back().job.reset();
    EXPECT_EQ(violated(), Names{"I1"}) << "nor of no channel";
}

TEST_F(Sv1AuditTest, ALateAnswerMayBeTheTranslatorsOwn) {
    ledger.erase(ledger.begin());
    journal[0].shares[0].answered_us = 2'000'000;
    EXPECT_EQ(violated(), Names{"I1"}) << "unless it says so";
    local.after_us = 1'000'000;
    EXPECT_EQ(violated(), Names{});
    EXPECT_EQ(report.told_locally, 1U);
    journal[0].shares[0].answered_us = 1'999'999;
    EXPECT_EQ(violated(), Names{"I1"});
}

TEST_F(Sv1AuditTest, SoMayAnAnswerWhileThePoolWasAway) {
    ledger.erase(ledger.begin());
    local.times_us = {{1'050'001, 2'000'000}};
    EXPECT_EQ(violated(), Names{"I1"});
    local.times_us = {{1'050'000, 2'000'000}};
    EXPECT_EQ(violated(), Names{});
    local.times_us = {{0, 999'999}};
    EXPECT_EQ(violated(), Names{"I1"});
}

TEST_F(Sv1AuditTest, SoMayAnAnswerThatIsKnownToHaveBeen) {
    submit(hash(0x20, 9), Sv1Share::Answer::accepted).was_answered_alone = true;
    EXPECT_EQ(violated(), Names{});
    EXPECT_EQ(report.told_locally, 1U);
}

TEST_F(Sv1AuditTest, I2AShareThatIsThereMoreOftenThanItWasSubmitted) {
    ledger.push_back(ledger[0]);
    reject(3, mining::ShareError::duplicate_share);
    EXPECT_EQ(violated(), Names{"I2"});
    submit(hash(0x20, 1), Sv1Share::Answer::rejected);
    EXPECT_EQ(violated(), Names{}) << "sent twice, and rejected once";
}

TEST_F(Sv1AuditTest, I3AShareThatIsCreditedTwice) {
    submit(hash(0x20, 1), Sv1Share::Answer::rejected);
    ledger.push_back(ledger[0]);
    EXPECT_EQ(violated(), Names{"I3"});
}

TEST_F(Sv1AuditTest, I4ARejectedShareThatIsCredited) {
    journal[0].shares[0].answer = Sv1Share::Answer::rejected;
    EXPECT_EQ(violated(), Names{"I4"});
    local.times_us = {{0, 2'000'000}};
    EXPECT_EQ(violated(), Names{});
    EXPECT_EQ(report.credited_unheard, 1U);
}

TEST_F(Sv1AuditTest, I4AShareThatIsAcceptedTwice) {
    submit(hash(0x20, 1), Sv1Share::Answer::accepted);
    EXPECT_EQ(violated(), (Names{"I4", "I4"}));
}

TEST_F(Sv1AuditTest, I5AnAcceptedShareThatMissesWhatTheMinerWasTold) {
    journal[0].shares[1].target = target(0x10);
    EXPECT_EQ(violated(), Names{"I5"});
}

TEST_F(Sv1AuditTest, I5ADuplicateOfNothing) {
    reject(2, mining::ShareError::duplicate_share);
    EXPECT_EQ(violated(), Names{"I5"});
}

TEST_F(Sv1AuditTest, I7TwoMinersThatSearchTheSameSpace) {
    submit(hash(0x20, 1), Sv1Share::Answer::rejected, 1);
    EXPECT_EQ(violated(), Names{"I7"});
    EXPECT_THAT(violations[0].what, HasSubstr("two: share 1 ("));
    journal[1].is_resumed = true;
    EXPECT_EQ(violated(), Names{});
}

}  // namespace
}  // namespace auditor
