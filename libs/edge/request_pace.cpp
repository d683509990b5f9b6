#include "edge/request_pace.h"

#include <algorithm>

namespace edge {

base::SteadyTime::duration RequestPace::time_for(std::size_t count, const Limits& limits) {
    return std::chrono::nanoseconds{std::chrono::seconds{count}} /
           static_cast<std::int64_t>(limits.per_second);
}

void RequestPace::add(std::size_t count, const Limits& limits, base::SteadyTime now) {
    if (count != 0) covered_until_ = std::max(covered_until_, now) + time_for(count, limits);
}

bool RequestPace::is_ahead(const Limits& limits, base::SteadyTime now) const {
    return covered_until_ > now + time_for(limits.burst, limits);
}

}  // namespace edge
