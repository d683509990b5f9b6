#include "edge/request_pace.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

using namespace std::chrono_literals;

constexpr base::SteadyTime start{1000s};
constexpr RequestPace::Limits limits{.per_second = 1'000, .burst = 50};

TEST(RequestPace, LetsABurstThroughAndThenTheRate) {
    RequestPace pace;
    pace.add(50, limits, start);
    EXPECT_FALSE(pace.is_ahead(limits, start)) << "exactly a burst";
    pace.add(1, limits, start);
    EXPECT_TRUE(pace.is_ahead(limits, start));
    EXPECT_FALSE(pace.is_ahead(limits, start + 1ms)) << "the rate has caught up";
    pace.add(100, limits, start + 1ms);
    EXPECT_TRUE(pace.is_ahead(limits, start + 100ms));
    EXPECT_FALSE(pace.is_ahead(limits, start + 101ms));
}

TEST(RequestPace, DoesNotSaveUpMoreThanABurst) {
    RequestPace pace;
    pace.add(1, limits, start);
    pace.add(51, limits, start + 1h);
    EXPECT_TRUE(pace.is_ahead(limits, start + 1h));
}

TEST(RequestPace, AdmitsTheRateOverTime) {
    RequestPace pace;
    std::size_t admitted = 0;
    for (auto now = start; now < start + 10s; now += 1ms)
        while (!pace.is_ahead(limits, now)) {
            pace.add(1, limits, now);
            ++admitted;
        }
    EXPECT_NEAR(static_cast<double>(admitted), 10'050, 5);
}

}  // namespace
}  // namespace edge
