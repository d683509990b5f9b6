#include "admin/limiter.h"

#include <chrono>

namespace admin {
namespace {

// Longer than any burst takes to be forgiven at one request a second.
constexpr std::chrono::seconds generation{60};

}  // namespace

bool Limiter::take(std::string_view address, base::SteadyTime now) {
    if (total_.is_ahead(limits_.in_total, now)) return false;
    auto& pace = pace_of(address, now);
    if (pace.is_ahead(limits_.per_address, now)) return false;
    pace.add(1, limits_.per_address, now);
    total_.add(1, limits_.in_total, now);
    return true;
}

edge::RequestPace& Limiter::pace_of(std::string_view address, base::SteadyTime now) {
    if (now - turned_at_ >= generation) {
        before_ = std::move(recent_);
        recent_.clear();
        turned_at_ = now;
    }
    const auto found = recent_.find(address);
    if (found != recent_.end()) return found->second;
    const auto old = before_.find(address);
    const auto pace = old == before_.end() ? edge::RequestPace{} : old->second;
    return recent_.emplace(address, pace).first->second;
}

}  // namespace admin
