#include "bus/event_allowance.h"

#include <algorithm>

namespace bus {

bool EventAllowance::take(std::uint64_t connection, base::SteadyTime now) {
    if (spent_until_.size() >= forget_at_) forget_the_rested(now);
    auto& until = spent_until_[connection];
    const auto next = std::max(until, now) + settings_.every;
    if (next - now > settings_.burst * settings_.every) return false;
    until = next;
    return true;
}

void EventAllowance::forget_the_rested(base::SteadyTime now) {
    boost::unordered::erase_if(spent_until_, [now](const auto& of) { return of.second <= now; });
    forget_at_ = std::max<std::size_t>(1024, 2 * spent_until_.size());
}

}  // namespace bus
