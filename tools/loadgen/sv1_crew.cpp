#include "loadgen/sv1_crew.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "loadgen/places.h"
#include "loadgen/sv1_stranger.h"

namespace loadgen {
namespace {

/// Hash rates spread evenly over the orders of magnitude between the two.
double hash_rate_of(const Options& options, std::size_t number, std::size_t count) {
    const auto place =
        count < 2 ? 0.0 : static_cast<double>(number) / static_cast<double>(count - 1);
    return options.hash_rate_min_hps *
           std::pow(options.hash_rate_max_hps / options.hash_rate_min_hps, place);
}

}  // namespace

Sv1Crew::Sv1Crew(const Options& options, Journal& journal, Statistics& statistics,
                 const base::Clock& clock, base::Random& random)
    : options_(options),
      context_{.journal = journal,
               .statistics = statistics,
               .random = random,
               .hashes = HashBudget{options.hash_budget_hps, clock.steady_now()},
               .stocking = stocking_of(options, clock.steady_now()),
               .gap_min = options.gap_min} {}

Sv1Plan Sv1Crew::plan_of(std::size_t number) const {
    const auto count = options_.miners + options_.joiners;
    Sv1Plan plan{.user = fmt::format("{}.{}", options_.user, number + 1),
                 .password = options_.password,
                 .style = options_.style != nullptr ? options_.style : &sv1_style(number),
                 .in_flight = options_.in_flight,
                 .bad = options_.bad_shares,
                 .keeps_jobs = options_.keeps_jobs,
                 .avoids_blocks = options_.avoids_blocks};
    if (options_.in_flight == 0)
        plan.hash_rate_hps = hash_rate_of(
            options_, number % std::max<std::size_t>(options_.miners, 1), options_.miners);
    if (options_.suggested_difficulty > 0) {
        plan.suggested_difficulty = options_.suggested_difficulty;
        plan.always_suggests = true;
    }
    if (options_.share_rate > 0)
        plan.shares_per_second = options_.share_rate / static_cast<double>(count);
    if (options_.suggests_for_shares_per_minute > 0) {
        // What a firmware believes of itself is not what it has.
        constexpr std::array believes{1.0, 4.0, 0.25, 2.0, 0.5};
        const auto hashes = plan.hash_rate_hps * 60 / options_.suggests_for_shares_per_minute;
        plan.fitting_difficulty = hashes / 0x1p32;
        plan.suggested_difficulty =
            plan.fitting_difficulty * believes[(number / sv1_style_count) % believes.size()];
    }
    if (number < options_.duplicating) plan.duplicates_every = 10;
    if (number >= options_.miners - std::min(options_.miners, options_.wrong_workers) &&
        number < options_.miners)
        plan.wrong_worker_every = 10;
    if (number >= options_.miners) {
        plan.stays = options_.stays;
        plan.away = churn_away;
    }
    if (number == 0 && options_.fast_hps > 0) plan.hash_rate_hps = options_.fast_hps;
    return plan;
}

std::vector<Crew::Recruit> Sv1Crew::recruit(base::SteadyTime now) {
    std::vector<Recruit> recruits;
    const auto count = options_.miners + options_.joiners;
    for (std::size_t i = 0; i < count; ++i) {
        auto miner = std::make_unique<Sv1Miner>(context_, plan_of(i), now);
        miners_.push_back(miner.get());
        recruits.push_back({.peer = std::move(miner),
                            .from = source_of(options_, i, 1),
                            .joins_at = now + joins_after(options_, i, count)});
    }
    recruit_strangers(recruits, now);
    return recruits;
}

void Sv1Crew::recruit_strangers(std::vector<Recruit>& recruits, base::SteadyTime now) {
    using Kind = Sv1Stranger::Kind;
    unsigned group = 2;
    const auto add = [&](Kind kind, std::size_t peers, std::chrono::nanoseconds again_after) {
        for (std::size_t i = 0; i < peers; ++i)
            recruits.push_back(
                {.peer =
                     std::make_unique<Sv1Stranger>(kind, fmt::format("{}.bad{}", options_.user, i),
                                                   again_after, context_.statistics),
                 .from = source_of(options_, i, group),
                 .joins_at = now + again_after * i / std::max<std::size_t>(peers, 1)});
        ++group;
    };
    const auto storm = storm_of(options_);
    add(Kind::storm, storm.peers, storm.again_after);
    add(Kind::slow_reader, options_.slow_readers, {});
    for (const auto& [kind, peers] : options_.misbehaving) {
        for (std::size_t i = 0; i < peers; ++i)
            recruits.push_back(
                {.peer = misbehaving(kind, fmt::format("{}.bad{}", options_.user, i),
                                     options_.flood_rate, context_.statistics, context_.random),
                 .from = source_of(options_, i, group),
                 .joins_at = now});
        ++group;
    }
}

Crew::Standing Sv1Crew::standing(base::SteadyTime now) const {
    Standing standing;
    for (const auto* miner : miners_) {
        standing.connected += miner->is_connected() ? 1U : 0U;
        standing.working += miner->is_working() ? 1U : 0U;
        standing.have_ever_worked |= miner->has_ever_worked();
        if (const auto since = miner->unanswered_since())
            standing.oldest_wait = std::max(standing.oldest_wait, now - *since);
    }
    return standing;
}

}  // namespace loadgen
