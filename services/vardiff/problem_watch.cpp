#include "vardiff/problem_watch.h"

#include <fmt/format.h>

namespace vardiff {
namespace {

using namespace std::chrono_literals;
using Problem = service::Problems::Problem;
using Severity = service::Problems::Severity;

// The log is read five times a second.
constexpr auto behind_after = 1500ms;
// Catching up with an hour of it takes longer than a stall should be waited for.
constexpr auto log_wait_max = 30s;

/// Of the partitions that are not read to their end, how many there are, and the one that is
/// furthest behind.
struct Behind {
    std::size_t partitions = 0;
    base::UnixMicros read_to{};
    std::uint32_t furthest = 0;
};

Behind behind(const Partitions& partitions, base::UnixMicros now) {
    Behind found{.read_to = now};
    for (const auto& [number, partition] : partitions) {
        if (now - partition->read_to() < behind_after) continue;
        ++found.partitions;
        if (partition->read_to() >= found.read_to) continue;
        found.read_to = partition->read_to();
        found.furthest = number;
    }
    return found;
}

}  // namespace

void watch_partitions(service::Chassis& chassis, const base::Clock& clock,
                      const Partitions& partitions) {
    auto& stage = chassis.watchdog().add_stage("share_log", log_wait_max);
    chassis.problems().on_look([&problems = chassis.problems(), &stage, &clock, &partitions] {
        const auto now = clock.unix_now();
        const auto found = behind(partitions, now);
        if (found.partitions == 0) {
            stage.publish_empty();
            return problems.clear("behind-log");
        }
        const auto by = now - found.read_to;
        stage.publish(found.partitions, clock.steady_now() - by, {"partition", found.furthest});
        problems.raise(
            "behind-log", Severity::warning,
            fmt::format("The share log is not read to its end in {} partitions, least in {}, for "
                        "{:.1f} s: targets follow the miners late",
                        found.partitions, found.furthest,
                        std::chrono::duration<double>(by).count()),
            found.read_to);
    });
}

void watch_sums(service::Problems& problems, const Projectors& projectors) {
    problems.on_look([&problems, &projectors] {
        std::vector<Problem> found;
        for (const auto& [number, projector] : projectors)
            if (projector->counters().is_stuck)
                found.push_back({.id = fmt::format("sums-stuck:{}", number),
                                 .severity = Severity::critical,
                                 .text = fmt::format(
                                     "The sums of partition {} stand before a record of the share "
                                     "log that cannot be read, see the log of this process",
                                     number)});
        problems.show_group("sums-stuck:", found);
    });
}

}  // namespace vardiff
