#include "loadgen/sv2_crew.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "loadgen/places.h"
#include "loadgen/sv2_stranger.h"

namespace loadgen {
namespace {

Sv2Statistics& begin(Statistics& statistics, const Options& options) {
    statistics.sv2.emplace().share_rate = options.share_rate;
    return *statistics.sv2;
}

double between(double low, double high, std::size_t number, std::size_t count) {
    const auto place =
        count < 2 ? 0.0 : static_cast<double>(number) / static_cast<double>(count - 1);
    return low * std::pow(high / low, place);
}

}  // namespace

Sv2Crew::Sv2Crew(const Options& options, Journal& journal, Statistics& statistics,
                 const base::Clock& clock, base::Random& random, base::Random& keys)
    : options_(options),
      context_{.journal = journal,
               .statistics = statistics,
               .sv2 = begin(statistics, options),
               .clock = clock,
               .random = random,
               .keys = keys,
               .authority = options.pool.authority,
               .host = options.pool.host,
               .port = options.pool.port,
               .hashes = HashBudget{options.hash_budget_hps, clock.steady_now()},
               .stocking = stocking_of(options, clock.steady_now()),
               .gap_min = options.gap_min,
               .is_holding = options.begins_after.has_value()} {}

Sv2Plan Sv2Crew::plan_of(std::size_t number) const {
    const auto count = options_.miners + options_.joiners;
    Sv2Plan plan{.user = fmt::format("{}.{}", options_.user, number + 1),
                 .requires_standard_jobs = options_.requires_standard_jobs,
                 .in_flight = options_.in_flight,
                 .sends_apart = options_.sends_shares_apart,
                 .submits_at_once = options_.submits_at_once,
                 .bad = options_.bad_shares,
                 .keeps_jobs = options_.keeps_jobs,
                 .avoids_blocks = options_.avoids_blocks};
    for (std::size_t i = 0; i < options_.channels_each; ++i) {
        const bool is_standard = options_.channels == Channels::standard ||
                                 (options_.channels == Channels::mixed &&
                                  (number * options_.channels_each + i) % 2 == 0);
        ++(is_standard ? plan.standard_channels : plan.extended_channels);
    }
    double nominal_hps = 1;
    if (options_.share_rate > 0) {
        plan.shares_per_second = options_.share_rate / static_cast<double>(count);
        // As if each hash were a share: the easiest target that the pool has.
        nominal_hps = plan.shares_per_second / static_cast<double>(options_.channels_each);
    } else if (options_.in_flight == 0) {
        plan.hash_rate_hps =
            between(options_.hash_rate_min_hps, options_.hash_rate_max_hps,
                    number % std::max<std::size_t>(options_.miners, 1), options_.miners);
        nominal_hps = plan.hash_rate_hps;
    }
    plan.nominal_hash_rate_hps =
        static_cast<float>(options_.nominal_hash_rate_hps.value_or(nominal_hps));
    if (number >= options_.miners) {
        plan.stays = options_.stays;
        plan.away = churn_away;
    }
    return plan;
}

std::vector<Crew::Recruit> Sv2Crew::recruit(base::SteadyTime now) {
    std::vector<Recruit> recruits;
    const auto count = options_.miners + options_.joiners;
    for (std::size_t i = 0; i < count; ++i) {
        auto miner = std::make_unique<Sv2Miner>(context_, plan_of(i), now);
        miners_.push_back(miner.get());
        recruits.push_back({.peer = std::move(miner),
                            .from = source_of(options_, i, 1),
                            .joins_at = now + joins_after(options_, i, count)});
    }
    recruit_strangers(recruits, now);
    return recruits;
}

void Sv2Crew::recruit_strangers(std::vector<Recruit>& recruits, base::SteadyTime now) {
    using Kind = Sv2Stranger::Kind;
    unsigned group = 2;
    const auto add = [&](Kind kind, std::size_t peers, std::chrono::nanoseconds again_after) {
        for (std::size_t i = 0; i < peers; ++i)
            recruits.push_back(
                {.peer = std::make_unique<Sv2Stranger>(
                     kind, fmt::format("{}.bad{}", options_.user, i), again_after, context_),
                 .from = source_of(options_, i, group),
                 .joins_at = now + again_after * i / std::max<std::size_t>(peers, 1)});
        ++group;
    };
    const auto storm = storm_of(options_);
    add(Kind::storm, storm.peers, storm.again_after);
    add(Kind::slow_reader, options_.slow_readers, {});
    for (const auto& [kind, peers] : options_.misbehaving) {
        if (kind == Misbehaviour::never_reads) add(Kind::never_reads, peers, {});
        if (kind != Misbehaviour::silent) continue;
        for (std::size_t i = 0; i < peers; ++i)
            recruits.push_back({.peer = misbehaving(kind, {}, options_.flood_rate,
                                                    context_.statistics, context_.random),
                                .from = source_of(options_, i, group),
                                .joins_at = now});
    }
}

bool Sv2Crew::begins(base::SteadyTime now) {
    if (!context_.is_holding) return false;
    if (!all_work_since_ && standing(now).working == miners_.size()) all_work_since_ = now;
    if (!all_work_since_ || now < *all_work_since_ + *options_.begins_after) return false;
    context_.is_holding = false;
    for (auto* miner : miners_) miner->begin(now);
    return true;
}

void Sv2Crew::stop_mining() {
    context_.is_ending = true;
    context_.statistics.hashes = context_.hashes.spent();
}

Crew::Standing Sv2Crew::standing(base::SteadyTime now) const {
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
