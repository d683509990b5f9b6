#include "admin/watch_feed.h"

#include <fmt/format.h>

namespace admin {

std::string WatchFeed::token(Sequence place) const {
    return fmt::format("{:016x}.{:016x}.{:x}", filter_hash_, id_, place);
}

void ChangeLog::put(const std::string& name, Sequence at, bool is_removed) {
    auto& place = places_[name];
    if (place != 0) {
        entries_.erase(place);
        removals_.erase(place);
    }
    place = at;
    entries_.emplace(at, Entry{name, is_removed});
    if (is_removed) removals_.insert(at);
}

bool ChangeLog::has(const std::string& name) const {
    const auto found = places_.find(name);
    return found != places_.end() && !removals_.contains(found->second);
}

Sequence ChangeLog::forget_removals(std::size_t kept) {
    Sequence last_forgotten = 0;
    while (removals_.size() > kept) {
        last_forgotten = *removals_.begin();
        removals_.erase(removals_.begin());
        const auto found = entries_.find(last_forgotten);
        places_.erase(found->second.name);
        entries_.erase(found);
    }
    return last_forgotten;
}

}  // namespace admin
