#include "bus/lone_pace.h"

#include <algorithm>
#include <utility>

namespace bus {

bool LonePace::is_quiet(base::SteadyTime now) const {
    return is_hurried_ || !last_share_ || now - *last_share_ > settings_.quiet_after;
}

void LonePace::came_home(base::SteadyTime now) {
    if (!left_at_) return;
    const base::SteadyTime::duration took = now - *std::exchange(left_at_, {});
    due_ = now + std::min<base::SteadyTime::duration>(settings_.rest * took, settings_.rest_max);
    bulk_due_ = now + std::min<base::SteadyTime::duration>(settings_.bulk_rest * took,
                                                           settings_.bulk_rest_max);
}

base::SteadyTime LonePace::due(base::SteadyTime now, std::optional<base::SteadyTime> last,
                               bool is_bulk) const {
    if (is_quiet(now) || !last) return now;
    const auto own = *last + (is_bulk ? settings_.bulk_rest_max : settings_.rest_max);
    return left_at_ ? own : std::min(own, is_bulk ? bulk_due_ : due_);
}

}  // namespace bus
