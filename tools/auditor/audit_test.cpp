#include "auditor/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auditor {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t half = 1ULL << 31;

/// Three shares of difficulty 1.5: two acknowledged, the third never answered. The ledger has all.
class AuditTest : public testing::Test {
  protected:
    AuditTest() {
        JournalChannel channel;
        channel.name = "one";
        channel.key = "0000000000000001";
        channel.shares = {{1, 11, "a"}, {2, 12, "b"}, {3, 13, "c"}};
        channel.has_success = true;
        channel.last_sequence_number = 2;
        channel.accepted_count = 2;
        channel.accepted_sum = 3;
        journal = {channel};
        for (const auto& share : channel.shares)
            ledger.shares.push_back(
                {channel.key, share.sequence_number, share.nonce, share.hash, true, 3 * half});
        ledger.opened = {channel.key};
    }
    std::vector<std::string> violated() const {
        std::vector<std::string> names;
        for (const auto& violation : audit(journal, ledger).violations)
            names.push_back(violation.invariant);
        return names;
    }

    std::vector<JournalChannel> journal{};
    LedgerContents ledger{};
};

using Names = std::vector<std::string>;

TEST_F(AuditTest, FindsNothingWhereNothingIsWrong) {
    const auto report = audit(journal, ledger);
    EXPECT_TRUE(report.violations.empty());
    EXPECT_EQ(report.channels, 1U);
    EXPECT_EQ(report.submitted, 3U);
    EXPECT_EQ(report.acknowledged, 2U);
    EXPECT_EQ(report.unknown, 1U);
    EXPECT_EQ(report.ledger_credited, 3U);
}

TEST_F(AuditTest, AShareThatNobodyHeardOfMayBeInTheLedgerOrNot) {
    ledger.shares.pop_back();
    EXPECT_EQ(violated(), Names{});
}

TEST_F(AuditTest, I1AnAcknowledgedShareThatIsNotInTheLedger) {
    ledger.shares.erase(ledger.shares.begin());
    journal[0].accepted_sum = 1;
    EXPECT_EQ(violated(), (Names{"I1"}));
    EXPECT_THAT(audit(journal, ledger).violations[0].what, HasSubstr("share 1 (a)"));
}

TEST_F(AuditTest, I1AnAcknowledgedShareThatTheLedgerRejected) {
    ledger.shares[1].is_credited = false;
    ledger.shares[1].difficulty_q32 = 0;
    journal[0].accepted_sum = 1;
    EXPECT_EQ(violated(), (Names{"I1"}));
}

TEST_F(AuditTest, I2AShareThatNobodySubmitted) {
    ledger.shares.push_back({journal[0].key, 9, 9, "z", false, 0});
    EXPECT_EQ(violated(), (Names{"I2"}));
    ledger.shares.back() = {journal[0].key, 9, 9, "", false, 0};
    EXPECT_EQ(violated(), (Names{"I2"})) << "also without a hash";
    ledger.shares.back() = {"0000000000000002", 1, 11, "a", false, 0};
    EXPECT_EQ(violated(), (Names{"I2"})) << "also of another channel";
}

TEST_F(AuditTest, I2AShareThatIsThereMoreOftenThanItWasSubmitted) {
    ledger.shares.push_back(ledger.shares[0]);
    ledger.shares.back().is_credited = false;
    EXPECT_EQ(violated(), (Names{"I2"}));
    journal[0].shares.push_back({4, 11, "a"});
    journal[0].rejected.insert(4);
    EXPECT_EQ(violated(), Names{}) << "sent twice, rejected as a duplicate once";
}

TEST_F(AuditTest, AShareWithoutAHashIsKnownByItsNumbers) {
    journal[0].shares.push_back({4, 14, "d"});
    journal[0].rejected.insert(4);
    ledger.shares.push_back({journal[0].key, 4, 14, "", false, 0});
    EXPECT_EQ(violated(), Names{});
}

TEST_F(AuditTest, I3AShareThatIsCreditedTwice) {
    journal[0].shares.push_back({4, 13, "c"});
    ledger.shares.push_back({journal[0].key, 4, 13, "c", true, 3 * half});
    EXPECT_EQ(violated(), (Names{"I3"}));
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
    journal[0].rejected.insert(3);
    EXPECT_EQ(violated(), (Names{"I4"}));
}

TEST_F(AuditTest, I7TwoChannelsWithOnePrefix) {
    JournalChannel other;
    other.name = "two";
    other.key = journal[0].key;
    journal.push_back(other);
    EXPECT_EQ(violated(), (Names{"I7"}));
    journal.pop_back();
    ledger.opened.push_back(ledger.opened[0]);
    EXPECT_EQ(violated(), (Names{"I7"}));
}

}  // namespace
}  // namespace auditor
