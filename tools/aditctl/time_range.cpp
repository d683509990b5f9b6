#include "aditctl/time_range.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <stdexcept>

#include "share_export/columns.h"

namespace aditctl {
namespace {

using Days = std::chrono::days;

constexpr const char* day_forms = "a day is 2026-11-25, today or yesterday";
constexpr const char* time_forms =
    "a time is 2026-11-25T13:00:00Z, now, or a day, which is its beginning: 2026-11-25, today or "
    "yesterday; all UTC";

std::optional<base::UnixMicros> day_from(const std::string& text, base::UnixMicros now) {
    const auto today = std::chrono::floor<Days>(now);
    if (text == "today") return today;
    if (text == "yesterday") return today - Days{1};
    constexpr std::size_t date_size = 10;
    return text.size() == date_size ? share_export::time_from(text + "T00:00:00Z") : std::nullopt;
}

base::UnixMicros moment_from(const char* flag, const std::string& text, base::UnixMicros now) {
    if (text == "now") return now;
    if (const auto day = day_from(text, now)) return *day;
    if (const auto at = share_export::time_from(text)) return *at;
    throw std::runtime_error(fmt::format("{} \"{}\": {}", flag, text, time_forms));
}

}  // namespace

void add_time_options(CLI::App& command, TimeOptions& options) {
    auto* day = command.add_option("--day", options.day,
                                   "a whole day, UTC: yesterday, today or 2026-11-25");
    command
        .add_option("--from", options.from, "from this time on: 2026-11-25, 2026-11-25T13:00:00Z")
        ->excludes(day);
    command.add_option("--to", options.to, "before this time; now, where it is not given")
        ->excludes(day);
}

TimeRange range_of(const TimeOptions& options, base::UnixMicros now) {
    if (!options.day.empty()) {
        const auto day = day_from(options.day, now);
        if (!day) throw std::runtime_error(fmt::format("--day \"{}\": {}", options.day, day_forms));
        return {*day, *day + Days{1}};
    }
    if (options.from.empty())
        throw std::runtime_error("which time? --day yesterday, or --from and --to");
    TimeRange range{moment_from("--from", options.from, now), now};
    if (!options.to.empty()) range.to = moment_from("--to", options.to, now);
    if (range.to <= range.from) throw std::runtime_error("--to must be later than --from");
    return range;
}

}  // namespace aditctl
