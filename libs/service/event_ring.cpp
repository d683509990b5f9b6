#include "service/event_ring.h"

#include <algorithm>

namespace service {

// All operations are sequentially consistent: a few nanoseconds an event, and no argument about
// the order in which a reader sees them.

void EventRing::put(base::SteadyTime at, const char* what, std::uint64_t id) {
    const auto number = written_.load() + 1;
    auto& slot = slots_[number % size];
    slot.begun = number;
    slot.at = at.time_since_epoch().count();
    slot.what = what;
    slot.id = id;
    slot.done = number;
    written_ = number;
}

std::vector<EventRing::Event> EventRing::events() const {
    std::vector<Event> out;
    const auto last = written_.load();
    const auto first = last > size ? last - size + 1 : 1;
    for (auto number = first; number <= last; ++number) {
        const auto& slot = slots_[number % size];
        if (slot.done != number) continue;
        const Event event{.at = base::SteadyTime{base::SteadyTime::duration{slot.at.load()}},
                          .what = slot.what.load(),
                          .id = slot.id.load()};
        if (slot.begun == number) out.push_back(event);
    }
    return out;
}

}  // namespace service
