#include "aditctl/worst_workers.h"

#include <gmock/gmock.h>

namespace aditctl {
namespace {

using adit::admin::v1::Worker;
using testing::ElementsAre;

Worker worker(const std::string& name, Worker::State state, std::uint64_t accepted,
              std::uint64_t rejected, double hash_rate = 1) {
    Worker row;
    row.set_name(name);
    row.set_state(state);
    row.mutable_shares_last_hour()->set_accepted(accepted);
    row.mutable_shares_last_hour()->set_rejected(rejected);
    row.mutable_hash_rates()->set_last_day(hash_rate);
    return row;
}

std::vector<std::string> names_of(const std::vector<Worker>& workers) {
    std::vector<std::string> names;
    for (const auto& each : workers) names.push_back(each.name());
    return names;
}

TEST(WorstWorkers, LossIsCertainOnlyWithEnoughShares) {
    EXPECT_EQ(certain_loss(worker("silent", Worker::STATE_SILENT, 1000, 0)), 1);
    EXPECT_EQ(certain_loss(worker("well", Worker::STATE_MINING, 1000, 0)), 0);
    EXPECT_EQ(certain_loss(worker("new", Worker::STATE_MINING, 0, 0)), 0);
    const auto one = certain_loss(worker("one of one", Worker::STATE_MINING, 0, 1));
    const auto half = certain_loss(worker("half of many", Worker::STATE_MINING, 500, 500));
    EXPECT_LT(one, half);
    EXPECT_LT(half, 0.5);
    EXPECT_GT(half, 0.45);
    for (std::uint64_t rejected = 1; rejected <= 100; ++rejected) {
        const auto loss = certain_loss(worker("", Worker::STATE_MINING, 100 - rejected, rejected));
        EXPECT_GT(loss, 0);
        EXPECT_LT(loss, static_cast<double>(rejected) / 100);
    }
}

TEST(WorstWorkers, TheSilentGoFirstThenWhoLosesMostThenWhoIsLarger) {
    EXPECT_THAT(names_of(worst_first({
                    worker("well, small", Worker::STATE_MINING, 10, 0, 1),
                    worker("well, large", Worker::STATE_MINING, 10, 0, 9),
                    worker("a tenth", Worker::STATE_MINING, 900, 100),
                    worker("half", Worker::STATE_MINING, 500, 500),
                    worker("silent, small", Worker::STATE_SILENT, 0, 0, 1),
                    worker("silent, large", Worker::STATE_SILENT, 0, 0, 9),
                    worker("half", Worker::STATE_MINING, 500, 500),
                })),
                ElementsAre("silent, large", "silent, small", "half", "a tenth", "well, large",
                            "well, small"));
}

TEST(WorstWorkers, SaysWhy) {
    auto stale = worker("stale", Worker::STATE_MINING, 90, 10);
    (*stale.mutable_shares_last_hour()->mutable_rejected_by_reason())["stale-share"] = 7;
    (*stale.mutable_shares_last_hour()->mutable_rejected_by_reason())["duplicate-share"] = 3;
    EXPECT_EQ(loss_text(stale), "10 of 100 shares refused, most: stale-share");
    EXPECT_EQ(loss_text(worker("silent", Worker::STATE_SILENT, 0, 0, 1e12)),
              "silent; its day's average is 1.00 TH/s");
    EXPECT_EQ(loss_text(worker("well", Worker::STATE_MINING, 5, 0)), "-");
}

}  // namespace
}  // namespace aditctl
