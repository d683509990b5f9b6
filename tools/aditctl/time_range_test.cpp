#include "aditctl/time_range.h"

#include <gmock/gmock.h>

#include "share_export/columns.h"

namespace aditctl {
namespace {

const auto now = *share_export::time_from("2026-11-26T21:30:00Z");

TEST(TimeRange, UnderstandsDaysAndTimes) {
    const struct {
        TimeOptions options;
        const char* from;
        const char* to;
    } cases[] = {
        {{.day = "yesterday"}, "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"},
        {{.day = "2024-02-28"}, "2024-02-28T00:00:00Z", "2024-02-29T00:00:00Z"},
        {{.from = "yesterday", .to = "today"}, "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"},
        {{.from = "2026-11-26"}, "2026-11-26T00:00:00Z", "2026-11-26T21:30:00Z"},
        {{.from = "2026-11-25T13:00:00Z", .to = "now"},
         "2026-11-25T13:00:00Z",
         "2026-11-26T21:30:00Z"},
    };
    for (const auto& [options, from, to] : cases) {
        SCOPED_TRACE(options.day + options.from);
        const auto range = range_of(options, now);
        EXPECT_EQ(range.from, share_export::time_from(from));
        EXPECT_EQ(range.to, share_export::time_from(to));
    }
}

TEST(TimeRange, SaysWhatItWouldUnderstand) {
    const TimeOptions cases[] = {
        {},
        {.to = "now"},
        {.day = "monday"},
        {.day = "2026-02-30"},
        {.from = "13:00"},
        {.from = "today", .to = "yesterday"},
        {.from = "now"},
    };
    for (const auto& options : cases) EXPECT_THROW(range_of(options, now), std::runtime_error);
}

}  // namespace
}  // namespace aditctl
