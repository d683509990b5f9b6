#include "admin/pool_history.h"

#include <algorithm>
#include <string>

#include "admin/row_fields.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using adit::admin::v1::HistoryPoint;

/// Some more than what is asked for at most: now is in the midst of a step, records come late.
constexpr std::size_t seconds_kept = 3'660;
constexpr std::size_t minutes_kept = 24 * 60 + 6;
/// Time of which nothing was said is no time in which nothing was expected; but this much is.
constexpr auto untold_max = 60s;
/// A second says nothing of how shares compare with what is expected; a minute does.
constexpr auto convergence_window = 60s;

double convergence_of(const PoolHistory::Step& step) {
    return step.expected > 0
               ? round_to_three_digits(static_cast<double>(step.accepted) / step.expected)
               : 0;
}

HistoryPoint to_point(const PoolHistory::Step& step, base::UnixMicros start,
                      std::chrono::seconds length) {
    const double seconds = std::chrono::duration<double>{length}.count();
    HistoryPoint point;
    set_time(*point.mutable_start_time(), start);
    point.set_hash_rate(hash_rate_of(step.work, seconds));
    point.set_accepted_per_minute(static_cast<double>(step.accepted) * 60 / seconds);
    double rejected = 0;
    for (std::size_t i = 0; i < step.rejected.size(); ++i) {
        if (step.rejected[i] == 0) continue;
        const double a_minute = step.rejected[i] * 60 / seconds;
        rejected += a_minute;
        const std::string reason{mining::error_code(mining::share_errors[i])};
        (*point.mutable_rejected_per_minute_by_reason())[reason] = a_minute;
    }
    point.set_rejected_per_minute(rejected);
    return point;
}

}  // namespace

PoolHistory::Step& PoolHistory::Step::operator+=(const Step& more) {
    work += more.work;
    expected += more.expected;
    blocks += more.blocks;
    accepted += more.accepted;
    for (std::size_t i = 0; i < rejected.size(); ++i) rejected[i] += more.rejected[i];
    return *this;
}

PoolHistory::PoolHistory()
    : seconds_{.length = 1s, .newest = 0, .steps = std::vector<Step>(seconds_kept)},
      minutes_{.length = 60s, .newest = 0, .steps = std::vector<Step>(minutes_kept)} {}

PoolHistory::Step* PoolHistory::Steps::at(base::UnixMicros moment) {
    const auto number = moment.time_since_epoch() / length;
    const auto size = std::ssize(steps);
    for (auto fresh = std::max(newest + 1, number - size + 1); fresh <= number; ++fresh)
        steps[static_cast<std::size_t>(fresh % size)] = {};
    newest = std::max<std::int64_t>(newest, number);
    return newest - number >= size ? nullptr : &steps[static_cast<std::size_t>(number % size)];
}

const PoolHistory::Step* PoolHistory::Steps::find(std::int64_t number) const {
    const auto size = std::ssize(steps);
    if (number > newest || newest - number >= size) return nullptr;
    return &steps[static_cast<std::size_t>(number % size)];
}

PoolHistory::Step PoolHistory::Steps::sum(std::int64_t first, std::int64_t last) const {
    Step total;
    for (auto number = std::max({first, newest - std::ssize(steps) + 1, std::int64_t{0}});
         number <= std::min(last, newest); ++number)
        total += *find(number);
    return total;
}

template <class Change>
void PoolHistory::change(base::UnixMicros at, const Change& change) {
    for (auto* steps : {&seconds_, &minutes_})
        if (auto* step = steps->at(at)) change(*step);
}

void PoolHistory::accept(base::UnixMicros at, double work, double blocks) {
    change(at, [&](Step& step) {
        ++step.accepted;
        step.work += work;
        step.blocks += blocks;
    });
}

void PoolHistory::reject(base::UnixMicros at, mining::ShareError reason) {
    change(at, [&](Step& step) { ++step.rejected[static_cast<std::size_t>(reason)]; });
}

void PoolHistory::expect(base::UnixMicros now, double shares_per_second) {
    for (auto at = std::max(expected_until_, now - untold_max); at < now;) {
        const auto next =
            std::min<base::UnixMicros>(now, std::chrono::floor<std::chrono::seconds>(at) + 1s);
        const double shares = shares_per_second * std::chrono::duration<double>{next - at}.count();
        change(at, [&](Step& step) { step.expected += shares; });
        at = next;
    }
    expected_until_ = std::max(expected_until_, now);
}

PoolHistory::Step PoolHistory::sum(base::UnixMicros now, std::chrono::seconds window) const {
    const auto& steps = window <= 1h ? seconds_ : minutes_;
    // The step that has begun stands for the one that is half out of the window.
    const auto last = now.time_since_epoch() / steps.length;
    return steps.sum(last - window / steps.length + 1, last);
}

WorkWindows PoolHistory::work(base::UnixMicros now) const {
    return {.minute = sum(now, 60s).work,
            .five_minutes = sum(now, 300s).work,
            .hour = sum(now, 1h).work,
            .day = sum(now, 24h).work};
}

History PoolHistory::history(base::UnixMicros now, std::chrono::seconds window) const {
    const bool is_fine = window <= 1h;
    const auto& steps = is_fine ? seconds_ : minutes_;
    History found;
    found.step = is_fine ? std::chrono::seconds{1s} : window <= 6h ? 60s : 300s;
    // Before anything is known of the log.
    if (now == base::UnixMicros{}) return found;
    window = std::clamp<std::chrono::seconds>(window, found.step, 24h);
    const auto in_point = found.step / steps.length;
    const auto end = now.time_since_epoch() / found.step * in_point;
    const auto in_convergence = std::max<std::int64_t>(in_point, convergence_window / steps.length);
    for (auto first = end - window / steps.length / in_point * in_point; first < end;
         first += in_point) {
        const auto last = first + in_point - 1;
        auto point =
            to_point(steps.sum(first, last), base::UnixMicros{first * steps.length}, found.step);
        point.set_convergence(convergence_of(steps.sum(last - in_convergence + 1, last)));
        found.points.push_back(std::move(point));
    }
    return found;
}

}  // namespace admin
