#include "admin/reject_log.h"

#include <algorithm>

namespace admin {
namespace {

constexpr std::uint32_t fine_minutes = 62;
constexpr std::uint32_t coarse_minutes = 10;
constexpr std::uint32_t kept_minutes = 24 * 60 + coarse_minutes;
/// So far back an entry of the same minute is looked for.
constexpr std::ptrdiff_t look_back = 2 * static_cast<std::ptrdiff_t>(mining::share_errors.size());

std::uint32_t minute_of(base::UnixMicros at) {
    return static_cast<std::uint32_t>(at.time_since_epoch() / std::chrono::minutes{1});
}

}  // namespace

void RejectLog::add(base::UnixMicros at, mining::ShareError reason, std::uint32_t count) {
    const auto minute = minute_of(at);
    const auto kind = static_cast<std::uint8_t>(reason);
    const auto newest = std::find_if(
        entries_.rbegin(), entries_.rbegin() + std::min(look_back, std::ssize(entries_)),
        [&](const Entry& entry) { return entry.minute == minute && entry.reason == kind; });
    if (newest != entries_.rbegin() + std::min(look_back, std::ssize(entries_))) {
        newest->count += count;
        return;
    }
    if (minute >= compacted_at_ + coarse_minutes) compact(minute);
    entries_.push_back({minute, count, kind});
}

void RejectLog::compact(std::uint32_t now_minute) {
    compacted_at_ = now_minute;
    std::vector<Entry> kept;
    for (auto entry : entries_) {
        if (entry.minute + kept_minutes < now_minute) continue;
        if (entry.minute + fine_minutes < now_minute) {
            entry.minute -= entry.minute % coarse_minutes;
            const auto same = std::ranges::find_if(kept, [&](const Entry& other) {
                return other.minute == entry.minute && other.reason == entry.reason;
            });
            if (same != kept.end()) {
                same->count += entry.count;
                continue;
            }
        }
        kept.push_back(entry);
    }
    entries_ = std::move(kept);
    entries_.shrink_to_fit();
}

Rejects RejectLog::sum(base::UnixMicros from, base::UnixMicros to) const {
    Rejects rejects{};
    const auto first = minute_of(from);
    const auto last = minute_of(to);
    for (const auto& entry : entries_)
        if (entry.minute >= first && entry.minute <= last) rejects[entry.reason] += entry.count;
    return rejects;
}

}  // namespace admin
