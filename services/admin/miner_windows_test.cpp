#include "admin/miner_windows.h"

#include <gmock/gmock.h>

#include "admin/row_fields.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using mining::ShareError;

constexpr base::UnixMicros start{1'700'000'000s};

TEST(MinerWindows, CountsWhatLiesInEachWindow) {
    MinerWindows windows;
    for (auto at = 0s; at < 30h; at += 10s) windows.accept(start + at, 2);
    const auto now = start + 30h;
    const auto work = windows.work(now);
    EXPECT_NEAR(work.minute, 12, 0.01);
    EXPECT_NEAR(work.five_minutes, 60, 0.01);
    EXPECT_NEAR(work.hour, 720, 0.1);
    EXPECT_NEAR(work.day, 17'280, 1);
    EXPECT_NEAR(windows.last_hour(now).accepted, 360, 0.1);
    EXPECT_NEAR(windows.last_day(now).accepted, 8'640, 1);
}

TEST(MinerWindows, ForgetsWithoutBeingTold) {
    MinerWindows windows;
    windows.accept(start, 1);
    EXPECT_EQ(windows.work(start + 59s).minute, 1);
    // Within its step it goes by and by.
    EXPECT_EQ(windows.work(start + 70s).minute, 0);
    EXPECT_EQ(windows.work(start + 310s).five_minutes, 0);
    EXPECT_EQ(windows.work(start + 310s).hour, 1);
    EXPECT_EQ(windows.work(start + 62min).hour, 0);
    EXPECT_EQ(windows.work(start + 23h).day, 1);
    EXPECT_EQ(windows.work(start + 25h).day, 0);
}

TEST(MinerWindows, TakesSharesThatComeLate) {
    MinerWindows windows;
    windows.accept(start + 20min, 1);
    windows.accept(start, 1);
    windows.accept(start + 11min, 1);
    EXPECT_EQ(windows.work(start + 20min).hour, 3);
    EXPECT_EQ(windows.work(start + 20min).day, 3);
    EXPECT_EQ(windows.steps().size(), 3U);
    windows.accept(start - 48h, 1);
    EXPECT_EQ(windows.work(start + 20min).day, 3);
}

TEST(MinerWindows, KeepsTheReasonsOfADayInBoundedMemory) {
    MinerWindows windows;
    for (auto at = 0s; at < 48h; at += 7s) {
        windows.reject(start + at, ShareError::stale_share);
        if (at % 21s == 0s) windows.reject(start + at, ShareError::duplicate_share);
    }
    const auto now = start + 48h;
    const auto hour = windows.last_hour(now).rejected;
    EXPECT_NEAR(hour[static_cast<std::size_t>(ShareError::stale_share)], 3600.0 / 7, 12);
    EXPECT_NEAR(hour[static_cast<std::size_t>(ShareError::duplicate_share)], 3600.0 / 21, 6);
    const auto day = windows.last_day(now).rejected;
    EXPECT_NEAR(day[static_cast<std::size_t>(ShareError::stale_share)], 86'400.0 / 7, 100);
    EXPECT_LT(windows.rejects().entries().size(), 2U * (146 + 75));
    EXPECT_LE(windows.steps().size(), 147U);
}

TEST(RowFields, RoundsEstimatesToThreeDigits) {
    EXPECT_EQ(round_to_three_digits(1234.5), 1230);
    EXPECT_EQ(round_to_three_digits(0.00098765), 0.000988);
    EXPECT_EQ(round_to_three_digits(2.5e15), 2.5e15);
    EXPECT_EQ(round_to_three_digits(0), 0);
    EXPECT_EQ(round_to_three_digits(-1), 0);
}

TEST(RowFields, TellsWhetherAnythingDiffers) {
    adit::admin::v1::ShareCounts row;
    WindowCounts counts{.accepted = 9, .work = 18, .rejected = {}};
    EXPECT_TRUE(set_counts(row, counts));
    EXPECT_FALSE(set_counts(row, counts));
    counts.rejected[1] = 1;
    EXPECT_TRUE(set_counts(row, counts));
    EXPECT_EQ(row.rejected_by_reason().at("stale-share"), 1U);
    EXPECT_EQ(row.valid_ratio(), 0.9);
    counts.rejected[1] = 0;
    EXPECT_TRUE(set_counts(row, counts));
    EXPECT_TRUE(row.rejected_by_reason().empty());
}

}  // namespace
}  // namespace admin
