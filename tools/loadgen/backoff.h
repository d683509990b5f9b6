#pragma once

#include <algorithm>
#include <chrono>

#include "base/random.h"

namespace loadgen {

/// After how long a miner connects again. Half of each time is chance, so that many miners do not
/// come back at once.
class Backoff {
  public:
    /// After a connection that was lost or could not be made: twice as long each time.
    std::chrono::milliseconds lost(base::Random& random) {
        const auto time = next_;
        next_ = std::min(next_ * 2, time_max);
        return time / 2 + chance(random, time / 2);
    }
    /// After the pool asked for it: it has sent others away at other moments.
    static std::chrono::milliseconds asked(base::Random& random) {
        return chance(random, asked_max);
    }
    void worked() { next_ = time_min; }

    static constexpr std::chrono::milliseconds time_min{250};
    static constexpr std::chrono::milliseconds time_max{4000};
    static constexpr std::chrono::milliseconds asked_max{500};

  private:
    static std::chrono::milliseconds chance(base::Random& random, std::chrono::milliseconds most) {
        return std::chrono::milliseconds{random.next_u64() %
                                         static_cast<std::uint64_t>(most.count() + 1)};
    }

    std::chrono::milliseconds next_ = time_min;
};

}  // namespace loadgen
