#pragma once

#include <algorithm>
#include <chrono>

#include "base/random.h"

namespace rpc {

/// How long to wait before the next try: twice as long each time up to a bound, and between half
/// and the whole of that by chance, so that those who lost one server do not return as one.
class Backoff {
  public:
    struct Limits {
        std::chrono::milliseconds first{100};  ///< short enough to go unnoticed at a restart
        std::chrono::milliseconds last{5000};  ///< long enough to leave a dead server alone
    };

    Backoff(base::Random& random, Limits limits)
        : random_(random), limits_(limits), next_(limits.first) {}

    std::chrono::milliseconds next() {
        const auto most = next_;
        next_ = std::min(next_ * 2, limits_.last);
        const auto half = std::max<std::int64_t>(most.count() / 2, 1);
        return std::chrono::milliseconds{
            half +
            static_cast<std::int64_t>(random_.next_u64() % static_cast<std::uint64_t>(half + 1))};
    }

    void reset() { next_ = limits_.first; }

  private:
    base::Random& random_;
    Limits limits_;
    std::chrono::milliseconds next_;
};

}  // namespace rpc
