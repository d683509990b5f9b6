#pragma once

#include <cstddef>
#include <cstdint>

namespace vardiff_bench {

/// The quickest test there is for a change of a known size (Moustakides 1986): one CUSUM.
struct Optimum {
    double threshold{};
    /// What was measured at this threshold: the mean time to a false alarm, and to a true one when
    /// the miner had been steady for twenty minutes.
    double false_alarm_hours{};
    double delay_seconds{};
};

/// At the threshold whose mean time to a false alarm is `false_alarm_hours`.
Optimum optimum(double ratio, double shares_per_minute, double false_alarm_hours, std::size_t runs,
                std::uint64_t seed);

}  // namespace vardiff_bench
