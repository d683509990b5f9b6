#include "retarget/policy.h"

#include <algorithm>
#include <cmath>

namespace retarget {
namespace {

/// Below this many shares between two false changes no test is left that would wait for evidence.
constexpr double shares_due_min = 60;

/// A false alarm is soon recanted (track.h), so that it costs two changes, sometimes more; the
/// charts share much of what they see, so that together they give fewer alarms than their sum. Both
/// together as simulated, with a little to spare (./dev bench vardiff).
constexpr double changes_per_alarm = 2.05;

/// Each chart's part of the false alarms, in the order of `ratios`. What a chart is given makes it
/// quicker by its logarithm, so it goes to where a change takes longest against the quickest test
/// that knows its size: a half, the double and silence.
constexpr std::array<double, chart_count> portions{0.20, 0.04, 0.32, 0.04, 0.05, 0.28, 0.04, 0.03};

/// The sum jumps over its threshold, or over zero: the logarithm of how much longer a chart
/// therefore runs until a false alarm than without jumps, as simulated; it does not depend on the
/// threshold. In the order of `ratios`.
constexpr std::array<double, chart_count> jumps{0.69, 0.40, 0.22, 0.08, 0.04, 0.20, 0.40, 0.69};

/// The hash rate of a healthy device wanders by a tenth for some two minutes. From this rate of
/// shares on that shows in their number as much as chance does, and needs as much more evidence.
constexpr double wander_shown_from = 8;
constexpr double wander = 0.1;
constexpr double wander_minutes = 2;

/// By how much the number of shares varies more than it would by chance alone.
double dispersion(double shares_per_minute) {
    return 1 +
           wander * wander * wander_minutes * std::max(0.0, shares_per_minute - wander_shown_from);
}

}  // namespace

/// A chart for the ratio q runs for exp(threshold + jumps) / (q - 1 - ln q) shares until a false
/// alarm (Page 1954, Siegmund 1985): q - 1 - ln q is how fast it falls while nothing has changed.
Rules rules(const Policy& policy) {
    const double minutes =
        std::chrono::duration<double, std::ratio<60>>{policy.false_change_every}.count();
    const double due = std::max(shares_due_min, policy.shares_per_minute * minutes);
    Rules result;
    for (std::size_t i = 0; i < chart_count; ++i) {
        const double falls = ratios[i] - 1 - std::log(ratios[i]);
        result.thresholds[i] =
            (std::log(due * changes_per_alarm / portions[i] * falls) - jumps[i]) *
            dispersion(policy.shares_per_minute);
    }
    // A quarter of the wanted interval, within what networks hold up.
    result.rise_seconds_min = std::clamp(15 / policy.shares_per_minute, 2.0, 10.0);
    // A connection that has lost packets goes on after some seconds, or is gone.
    result.silence_seconds_min = 20;
    return result;
}

}  // namespace retarget
