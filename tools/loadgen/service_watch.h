#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace loadgen {

/// A time in which a miner was not served.
struct Gap {
    enum class Kind {
        work,    ///< it wanted to mine and had no job: from the first attempt to connect, or from
                 ///< the first share of a lost connection that was never answered
        answer,  ///< a share waited for its answer
        refused  ///< five or more shares in a row were rejected: from when the first was sent to
                 ///< the last answer; when the next one is found is a matter of the miner
    };
    Kind kind{};
    base::SteadyTime from{};
    base::SteadyTime to{};
};
const char* name_of(Gap::Kind kind);

/// Watches whether one miner is served: it has a job, its shares are answered, and not only with
/// rejections. Shares are answered in any order. A value without a clock.
class ServiceWatch {
  public:
    /// Shorter gaps are not kept.
    explicit ServiceWatch(base::SteadyTime::duration gap_min) : gap_min_(gap_min) {}

    /// It tries to connect, or to connect again.
    void wants_work(base::SteadyTime now);
    void has_work(base::SteadyTime now);
    /// The connection ended and it was not the miner's wish; the oldest share without an answer
    /// was sent at `unanswered_since`.
    void lost(std::optional<base::SteadyTime> unanswered_since, base::SteadyTime now);
    /// It goes by its own wish: what it leaves behind is nobody's fault.
    void left();
    void accepted(base::SteadyTime sent, base::SteadyTime now);
    void rejected(base::SteadyTime sent, base::SteadyTime now);
    /// The run is over: what is open ends here.
    void finish(std::optional<base::SteadyTime> unanswered_since, base::SteadyTime now);

    const std::vector<Gap>& gaps() const { return gaps_; }
    base::SteadyTime::duration longest() const { return longest_; }

  private:
    void add(Gap::Kind kind, base::SteadyTime from, base::SteadyTime to);
    void answered(base::SteadyTime sent, base::SteadyTime now);
    void end_refusals();

    base::SteadyTime::duration gap_min_;
    std::optional<base::SteadyTime> wants_work_since_{};
    std::optional<base::SteadyTime> refused_since_{};
    base::SteadyTime refused_until_{};
    std::uint64_t refused_ = 0;
    base::SteadyTime::duration longest_{};
    std::vector<Gap> gaps_{};
};

}  // namespace loadgen
