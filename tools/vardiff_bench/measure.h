#pragma once

#include <cstddef>
#include <cstdint>

#include "vardiff_bench/algorithm.h"

namespace vardiff_bench {

/// Who is measured, at which rate of shares, and on how many streams.
struct Subject {
    Name name{};
    double shares_per_minute{};
    std::size_t seeds{};
};

/// A miner that does not change, and whose target is right from the start.
struct Steady {
    double changes_per_hour{};
    /// Mean over time of |rate / wanted - 1|.
    double error{};
};
Steady measure_steady(const Subject& subject, double hours);

/// A miner's hash rate becomes `factor` times as large when it has been steady for so long. Runs in
/// which the target was changed before are not counted; in seconds, for at most two hours.
struct Step {
    double detected{};  ///< the first target in the right direction
    double within_mean{};
    double within_median{};
    double within_90{};  ///< the first target within 20 % of the right one
    double outside{};    ///< of the two hours, how long it is further away
    double silence{};    ///< the longest without a share
    double flooded{};    ///< shares beyond twice the wanted ones, minute by minute
    double changes{};
    std::size_t runs{};
};
Step measure_step(const Subject& subject, double factor, double steady_minutes);

/// A channel opens with a target that gives `opens_at` times the wanted rate; hash rates from
/// 1 kH/s to 10 PH/s in turns.
Step measure_opening(const Subject& subject, double opens_at);

/// Miners that are no step.
struct Restless {
    double changes_per_hour{};
    double silence{};  ///< the longest without a share while it mines, mean over the runs
    double flooded{};  ///< in an hour
};
/// Twenty minutes on, ten off, for eight hours.
Restless measure_on_and_off(const Subject& subject);
/// A hash rate that wanders by 15 % every two minutes, on a network that once in five minutes holds
/// shares up for some seconds and hands them over together; eight hours.
Restless measure_jitter(const Subject& subject);
/// A device that loses half of its hash rate every ten minutes, for an hour.
Restless measure_dying(const Subject& subject);

}  // namespace vardiff_bench
