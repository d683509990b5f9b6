#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "edge/request_pace.h"

namespace admin {

/// How often strangers may ask: each address for itself, and all together. Who asks more often is
/// refused. Addresses that have been quiet for a minute are forgotten. Pure.
class Limiter {
  public:
    struct Limits {
        edge::RequestPace::Limits per_address{};
        edge::RequestPace::Limits in_total{};
    };
    explicit Limiter(const Limits& limits) : limits_(limits) {}

    /// Whether this one may be answered; one that may not costs nothing.
    bool take(std::string_view address, base::SteadyTime now);
    std::size_t addresses() const { return recent_.size() + before_.size(); }

  private:
    using Paces = std::map<std::string, edge::RequestPace, std::less<>>;
    edge::RequestPace& pace_of(std::string_view address, base::SteadyTime now);

    Limits limits_;
    edge::RequestPace total_{};
    // Two generations: what was not asked for in a whole one is dropped with it.
    Paces recent_{};
    Paces before_{};
    base::SteadyTime turned_at_{};
};

}  // namespace admin
