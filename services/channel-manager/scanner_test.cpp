#include "channel-manager/scanner.h"

#include <gtest/gtest.h>

#include "channel-manager/batch_testing.h"
#include "channel-manager/ports_testing.h"
#include "channel-manager/worker.h"

namespace channel_manager {
namespace {

using namespace std::chrono_literals;

bus::Scan some_scan(std::uint64_t number, std::uint32_t shares) {
    auto batch = some_batch(0, shares);
    batch.live_tips.clear();
    return {number, batch};
}

class ScannerTest : public testing::Test {
  protected:
    ScannerTest() { give_template(mining::some_template().ref.value, bitcoin::target_max()); }

    void give_template(std::uint64_t ref, const bitcoin::Target& network_target) {
        auto block_template = mining::some_template();
        block_template.ref.value = ref;
        block_template.tip.network_target = network_target;
        templates_.add(block_template);
    }
    void pass(std::chrono::milliseconds time) {
        for (auto gone = 0ms; gone < time; gone += 25ms) {
            clock_.advance(25ms);
            worker_.on_tick();
        }
    }
    std::vector<bus::Scanned> answers() const { return gateways_.all<bus::Scanned>(); }

    base::ManualClock clock_{};
    FakeTemplates templates_{};
    FakeSolutions solutions_{};
    FakeCommits commits_{};
    FakeGateways gateways_{};
    service::Registry registry_{"channel-manager", "test"};
    Metrics metrics_{registry_};
    Worker worker_{
        {.id = bus::WorkerId{9}, .partitions = 16, .policy = some_policy(), .scans_max = 3},
        clock_,
        {templates_, solutions_, commits_, gateways_},
        metrics_};
};

TEST_F(ScannerTest, AnswersSharesWithoutABlockAtOnceAndAsksNoLedger) {
    give_template(mining::some_template().ref.value, {});
    worker_.on_scan(5, some_scan(7, 3));
    EXPECT_EQ(gateways_.sent.at(0).first, 5U);
    EXPECT_EQ(answers(), (std::vector<bus::Scanned>{{mining::Epoch{3}, 7, 0}}));
    EXPECT_TRUE(commits_.commits.empty());
    EXPECT_EQ(worker_.held(), 0U);
    EXPECT_EQ(metrics_.scanned_shares.value(), 3U);
}

TEST_F(ScannerTest, AnswersABlockWhenAReplicaHasItOnDisk) {
    worker_.on_scan(0, some_scan(7, 2));
    EXPECT_EQ(solutions_.submitted.size(), 2U);
    pass(200ms);
    EXPECT_TRUE(answers().empty());
    solutions_.answer(SolutionOutcome::stored);
    EXPECT_EQ(answers(), (std::vector<bus::Scanned>{{mining::Epoch{3}, 7, 2}}));
    EXPECT_EQ(metrics_.blocks_by_scan.value(), 2U);
    EXPECT_EQ(worker_.held(), 0U);
}

TEST_F(ScannerTest, SubmitsABlockWhateverItsVerdictWouldBe) {
    auto scan = some_scan(1, 4);
    scan.shares.shares[0].submitted.state = mining::JobState::stale;
    scan.shares.shares[1].submitted.state = mining::JobState::closed;
    scan.shares.shares[2].submitted.ntime = 0;
    scan.shares.shares[3].submitted.version ^= 1;
    worker_.on_scan(0, scan);
    EXPECT_EQ(solutions_.submitted.size(), 4U);
}

TEST_F(ScannerTest, SubmitsWhatTheBatchOfTheseSharesWouldSubmit) {
    auto scan = some_scan(1, 3);
    worker_.on_scan(0, scan);
    const auto by_scan = std::exchange(solutions_.submitted, {});
    scan.shares.sequence = 1;
    worker_.on_batch(0, scan.shares, bytes_of(scan.shares));
    EXPECT_EQ(solutions_.submitted, by_scan);
}

TEST_F(ScannerTest, TriesUntilAReplicaAnswersAndSaysThatItWaits) {
    solutions_.at_once = SolutionOutcome::unavailable;
    worker_.on_scan(0, some_scan(7, 1));
    pass(1s);
    EXPECT_GT(solutions_.submitted.size(), 2U);
    EXPECT_TRUE(answers().empty());
    const auto waiting = gateways_.all<bus::ScanWaiting>();
    ASSERT_EQ(waiting.size(), 4U);
    EXPECT_EQ(waiting[3], (bus::ScanWaiting{mining::Epoch{3}, 7, bus::WaitsFor::solution}));
    solutions_.at_once = SolutionOutcome::stored;
    pass(1s);
    EXPECT_EQ(answers().size(), 1U);
}

TEST_F(ScannerTest, HashesWhatItCanAndTheRestWhenItsTemplateComes) {
    auto scan = some_scan(7, 2);
    scan.shares.jobs.push_back(scan.shares.jobs[0]);
    scan.shares.jobs[1].record.template_ref.value += 1;
    scan.shares.shares[1].job = 1;
    solutions_.at_once = SolutionOutcome::stored;
    worker_.on_scan(0, scan);
    EXPECT_EQ(solutions_.submitted.size(), 1U);
    pass(250ms);
    EXPECT_EQ(gateways_.all<bus::ScanWaiting>().at(0).waits_for, bus::WaitsFor::templates);
    EXPECT_TRUE(answers().empty());
    give_template(scan.shares.jobs[1].record.template_ref.value, bitcoin::target_max());
    worker_.on_template();
    EXPECT_EQ(solutions_.submitted.size(), 2U);
    EXPECT_EQ(answers(), (std::vector<bus::Scanned>{{mining::Epoch{3}, 7, 2}}));
}

TEST_F(ScannerTest, ATemplateThatNeverComesHoldsNoScanForEver) {
    templates_.clear();
    worker_.on_scan(0, some_scan(7, 1));
    pass(14s);
    EXPECT_TRUE(answers().empty());
    pass(2s);
    EXPECT_EQ(answers(), (std::vector<bus::Scanned>{{mining::Epoch{3}, 7, 0}}));
}

TEST_F(ScannerTest, AScanThatComesTwiceIsWorkedOnOnceWhileItWaitsAndDoneAgainAfterwards) {
    worker_.on_scan(0, some_scan(7, 1));
    worker_.on_scan(0, some_scan(7, 1));
    EXPECT_EQ(solutions_.submitted.size(), 1U);
    worker_.on_scan(1, some_scan(7, 1));
    EXPECT_EQ(solutions_.submitted.size(), 2U) << "of another gateway";
    solutions_.answer(SolutionOutcome::stored);
    EXPECT_EQ(answers().size(), 2U);
    worker_.on_scan(0, some_scan(7, 1));
    EXPECT_EQ(solutions_.submitted.size(), 3U) << "the first answer may be lost";
}

TEST_F(ScannerTest, HoldsNoMoreThanItsBound) {
    for (std::uint64_t number = 1; number <= 4; ++number) worker_.on_scan(0, some_scan(number, 1));
    EXPECT_EQ(worker_.held(), 3U);
    EXPECT_EQ(metrics_.scans_dropped.value(), 1U);
    solutions_.answer(SolutionOutcome::stored);
    worker_.on_scan(0, some_scan(4, 1));
    EXPECT_EQ(worker_.held(), 1U);
}

}  // namespace
}  // namespace channel_manager
