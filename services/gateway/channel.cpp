#include "gateway/channel.h"

#include <algorithm>

namespace gateway {

const bitcoin::Target& TargetHistory::at(Moment when) const {
    // From the end: nearly every question is about the latest change.
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change)
        if (change->since <= when) return change->target;
    return changes_.front().target;
}

void TargetHistory::forget_before(Moment when) {
    // The last change before it stays: it is what was in force then.
    const auto first_after =
        std::ranges::find_if(changes_, [&](const Change& change) { return change.since > when; });
    if (first_after - changes_.begin() > 1) changes_.erase(changes_.begin(), first_after - 1);
}

}  // namespace gateway
