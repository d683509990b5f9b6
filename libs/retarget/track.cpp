#include "retarget/track.h"

#include <algorithm>
#include <cmath>

namespace retarget {
namespace {

// The constants below were chosen by simulation (./dev bench vardiff), each for the reason beside
// it.

/// The prior's weight, in shares. Downwards a whole one: after silence there is nothing else, and
/// eight intervals of it then mean a ninth. Upwards little, or a hundredfold rate would take as
/// many steps as it floods shares.
constexpr double prior_down = 1;
constexpr double prior_up = 0.2;
/// An alarm comes when the data happen to look most extreme: what they say goes back by a sixth.
constexpr double prior_of_data = 0.2;

/// Upwards less than downwards: work that is too hard leaves a miner without a voice until silence
/// has been evidence for long enough, work that is too easy costs some shares.
constexpr double step_up_max = 8;
constexpr double step_down_max = 16;

/// What the shares before an alarm count for afterwards: which of them belong to the time after the
/// change is a guess, and they were chosen for being extreme.
constexpr double weight_of_past = 0.35;

/// Odds of e^2, 7 to 1, take a belief back; odds of e^3, 20 to 1, confirm it.
constexpr double recants_at = 2;
constexpr double confirms_at = 3;

/// After a change fewer than six shares settle nothing; then each time that there are a fifth more.
constexpr double look_first = 6;
constexpr double look_growth = 1.2;
/// A correction by less is not worth a target: the wanted rate is met within a fifth.
constexpr double correction_min = 0.12;
/// From fifty shares on an estimate waits while a chart is above a third of its threshold: were the
/// belief to follow a change that is being found, it would be found later.
constexpr double shares_settled = 50;
constexpr double quiet_below = 0.35;
/// Where nothing has changed yet nothing is expected to be wrong, either: the first estimate is
/// made of 300 shares, which are off by 6 %, and a correction takes three of its standard
/// deviations.
constexpr double look_first_at_opening = 300;
constexpr double deviations_at_opening = 3;
/// With fewer shares than this a belief is no better than the alarm against it.
constexpr double shares_to_go_back = 100;
/// Older shares are forgotten by halves: a device drifts with the weather, and a thousand shares
/// are off by 3 %, which the charts do not notice.
constexpr double shares_remembered = 1000;

}  // namespace

std::string_view to_text(Reason reason) {
    switch (reason) {
        case Reason::silent: return "silent";
        case Reason::fell: return "fell";
        case Reason::rose: return "rose";
        case Reason::settled: return "settled";
        case Reason::recanted: return "recanted";
    }
    return "unknown";
}

Track::Track(double hash_rate_hps, double hashes_per_share, base::UnixMicros now)
    : state_{.until = now,
             .hash_rate = hash_rate_hps,
             .aimed = hash_rate_hps,
             .hashes_per_share = hashes_per_share,
             .estimate = {.next_look = look_first_at_opening}} {}

void Track::advance_to(base::UnixMicros now) {
    if (now <= state_.until) return;
    const double seconds = std::chrono::duration<double>{now - state_.until}.count();
    state_.until = now;
    const double expected = seconds * state_.hash_rate / state_.hashes_per_share;
    state_.evidence.silence(expected);
    state_.estimate.expected += expected;
    auto& doubted = state_.doubted;
    if (doubted.hash_rate != 0)
        doubted.speaks_for_it += (1 - doubted.hash_rate / state_.hash_rate) * expected;
}

void Track::share(base::UnixMicros now) {
    advance_to(now);
    state_.evidence.share();
    state_.estimate.shares += 1;
    auto& doubted = state_.doubted;
    if (doubted.hash_rate != 0)
        doubted.speaks_for_it += std::log(doubted.hash_rate / state_.hash_rate);
}

void Track::set_hashes_per_share(double hashes_per_share, base::UnixMicros now) {
    advance_to(now);
    state_.hashes_per_share = hashes_per_share;
}

std::optional<Change> Track::decide(const Rules& rules) {
    if (auto change = decide_on_alarm(rules)) return change;
    if (auto change = decide_on_doubt()) return change;
    return decide_on_estimate(rules);
}

std::optional<Change> Track::decide_on_alarm(const Rules& rules) {
    const double due_per_second = state_.hash_rate / state_.hashes_per_share;
    const double silence = state_.evidence.due_since_share();
    const bool is_held_up =
        silence > silence_usual && silence < rules.silence_seconds_min * due_per_second;
    const Chart* loudest = nullptr;
    double most = 0;
    bool rises = false;
    for (std::size_t i = 0; i < chart_count; ++i) {
        const auto& chart = state_.evidence.charts()[i];
        const double excess = chart.statistic - rules.thresholds[i];
        if (excess < 0 || (loudest != nullptr && excess <= most)) continue;
        const bool is_rise = ratios[i] > 1;
        if (is_rise ? chart.expected < rules.rise_seconds_min * due_per_second : is_held_up)
            continue;
        loudest = &chart;
        most = excess;
        rises = is_rise;
    }
    if (loudest == nullptr) return std::nullopt;

    // A rise is counted from a share on, which is therefore none of those that came since.
    const double shares = loudest->shares - (rises ? 1 : 0);
    const double expected = loudest->expected;
    const double prior =
        (rises ? prior_up : prior_down) + prior_of_data * std::min(shares, expected);
    const double ratio =
        std::clamp((shares + prior) / (expected + prior), 1 / step_down_max, step_up_max);

    auto& estimate = state_.estimate;
    // Shortly after a change there is no belief that one could go back to.
    if (!state_.has_changed || estimate.shares >= shares_to_go_back)
        state_.doubted = {.hash_rate = state_.hash_rate,
                          .aimed = state_.aimed,
                          .shares = estimate.shares,
                          .has_changed = state_.has_changed,
                          .speaks_for_it = 0};
    else
        state_.doubted = {};
    const Change change{.reason = rises        ? Reason::rose
                                  : shares > 0 ? Reason::fell
                                               : Reason::silent,
                        .hash_rate_before = state_.aimed,
                        .hash_rate = state_.hash_rate * ratio,
                        .shares = shares,
                        .expected = expected};
    state_.hash_rate = state_.aimed = change.hash_rate;
    state_.has_changed = true;
    state_.evidence.clear();
    const double known = weight_of_past * (shares + prior);
    estimate = {
        .shares = known, .expected = known, .next_look = std::max(look_first, known * look_growth)};
    return change;
}

std::optional<Change> Track::decide_on_doubt() {
    auto& doubted = state_.doubted;
    if (doubted.hash_rate == 0) return std::nullopt;
    if (doubted.speaks_for_it < -confirms_at) doubted = {};
    if (doubted.speaks_for_it < recants_at) return std::nullopt;
    auto& estimate = state_.estimate;
    const Change change{.reason = Reason::recanted,
                        .hash_rate_before = state_.aimed,
                        .hash_rate = doubted.aimed,
                        .shares = estimate.shares,
                        .expected = estimate.expected};
    state_.hash_rate = doubted.hash_rate;
    state_.aimed = doubted.aimed;
    state_.has_changed = doubted.has_changed;
    state_.evidence.clear();
    estimate = {.shares = doubted.shares,
                .expected = doubted.shares,
                .next_look = std::max(look_first_at_opening, doubted.shares * look_growth)};
    doubted = {};
    return change;
}

bool Track::is_quiet(const Rules& rules) const {
    for (std::size_t i = 0; i < chart_count; ++i)
        if (state_.evidence.charts()[i].statistic > quiet_below * rules.thresholds[i]) return false;
    return true;
}

/// The estimate becomes the belief, and the target follows where that is worth it.
std::optional<Change> Track::decide_on_estimate(const Rules& rules) {
    auto& estimate = state_.estimate;
    if (estimate.shares < estimate.next_look || state_.doubted.hash_rate != 0) return std::nullopt;
    if ((estimate.shares >= shares_settled || !state_.has_changed) && !is_quiet(rules))
        return std::nullopt;
    const double shares = estimate.shares;
    const double expected = estimate.expected;
    const double ratio = shares / expected;
    state_.hash_rate *= ratio;
    state_.evidence.rescale(ratio);
    estimate.expected = shares;
    estimate.next_look = shares * look_growth;
    if (shares > shares_remembered) {
        estimate.shares /= 2;
        estimate.expected /= 2;
        estimate.next_look = estimate.shares * look_growth;
    }
    double worth_it = correction_min;
    if (!state_.has_changed)
        worth_it = std::max(worth_it, deviations_at_opening / std::sqrt(shares));
    if (std::abs(std::log(state_.hash_rate / state_.aimed)) < worth_it) return std::nullopt;
    const Change change{.reason = Reason::settled,
                        .hash_rate_before = state_.aimed,
                        .hash_rate = state_.hash_rate,
                        .shares = shares,
                        .expected = expected};
    state_.aimed = state_.hash_rate;
    return change;
}

}  // namespace retarget
