#include "admin/miner_windows.h"

#include <algorithm>
#include <utility>

namespace admin {
namespace {

using namespace std::chrono_literals;

/// A day, and the step that a window of a day begins in.
constexpr std::uint32_t steps_kept = 146;

std::uint32_t number_of(base::UnixMicros at) {
    return static_cast<std::uint32_t>(at.time_since_epoch() / MinerWindows::day_step);
}

}  // namespace

MinerWindows::Step& MinerWindows::step_at(base::UnixMicros at) {
    const auto number = number_of(at);
    if (!steps_.empty() && steps_.back().number == number) return steps_.back();
    const auto place = std::ranges::lower_bound(steps_, number, {}, &Step::number);
    if (place != steps_.end() && place->number == number) return *place;
    const bool is_newest = place == steps_.end();
    const auto made = steps_.insert(place, Step{.number = number, .work = 0, .accepted = 0});
    if (!is_newest) return *made;
    std::erase_if(steps_, [&](const Step& step) { return step.number + steps_kept < number; });
    return steps_.back();
}

void MinerWindows::accept(base::UnixMicros at, double work) {
    fast_.add(at, static_cast<float>(work));
    slow_.add(at, static_cast<float>(work));
    accepted_.add(at, 1);
    auto& step = step_at(at);
    step.work += static_cast<float>(work);
    ++step.accepted;
}

void MinerWindows::reject(base::UnixMicros at, mining::ShareError reason) {
    rejects_.add(at, reason);
}

WorkWindows MinerWindows::work(base::UnixMicros now) const {
    return {.minute = fast_.sum(now, 1min),
            .five_minutes = fast_.sum(now, 5min),
            .hour = slow_.sum(now, 1h),
            .day = last_day(now).work};
}

WindowCounts MinerWindows::last_hour(base::UnixMicros now) const {
    return {.accepted = accepted_.sum(now, 1h),
            .work = slow_.sum(now, 1h),
            .rejected = rejects_.sum(now - 1h, now)};
}

WindowCounts MinerWindows::last_day(base::UnixMicros now) const {
    WindowCounts counts{.accepted = 0, .work = 0, .rejected = rejects_.sum(now - 24h, now)};
    const auto begin = (now - 24h).time_since_epoch();
    const auto first = static_cast<std::uint32_t>(begin / day_step);
    const double within = 1 - std::chrono::duration<double>{begin % day_step} / day_step;
    for (const auto& step : steps_) {
        if (step.number < first) continue;
        const double part = step.number == first ? within : 1;
        counts.work += part * static_cast<double>(step.work);
        counts.accepted += part * step.accepted;
    }
    return counts;
}

}  // namespace admin
