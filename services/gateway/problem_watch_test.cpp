#include "gateway/problem_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const base::SteadyTime now{1h};

TEST(PartitionText, SaysWhoHasTheBatchAndWhatItWaitsFor) {
    bus::Dispatcher::Unanswered unanswered{
        .partition = {3}, .since = now - 4s, .sequence = 812, .shares = 32, .events = 1};
    unanswered.held_by = {
        {.worker = {77}, .last_heard = now - 4s, .waits_for = {}, .is_lost = true},
        {.worker = {78}, .last_heard = now - 100ms, .waits_for = bus::WaitsFor::ledger}};
    const auto text = partition_text(unanswered, false, now);
    EXPECT_THAT(text, HasSubstr("Partition 3: 32 shares and 1 opens or closes"));
    EXPECT_THAT(text, HasSubstr("no answer for 4.0 s, as batch 812"));
    EXPECT_THAT(text, HasSubstr("worker 77 had it and is gone, or has been silent for 4.0 s"));
    EXPECT_THAT(text, HasSubstr("worker 78 waits for the ledger"));
    EXPECT_THAT(text, Not(HasSubstr("full")));
}

TEST(PartitionText, SaysWhenNobodyHasIt) {
    bus::Dispatcher::Unanswered unanswered{.partition = {3}, .since = now - 4s, .shares = 32};
    EXPECT_THAT(partition_text(unanswered, true, now), HasSubstr("no worker has room for them"));
    EXPECT_THAT(partition_text(unanswered, true, now), HasSubstr("its miners are not read"));
    unanswered.sequence = 812;
    EXPECT_THAT(partition_text(unanswered, false, now),
                HasSubstr("batch 812, which no worker has"));
}

}  // namespace
}  // namespace gateway
