#include "admin/projection.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "admin/row_fields.h"
#include "admin/worker_history.h"
#include "bitcoin/difficulty.h"

namespace admin {
namespace {

using namespace std::chrono_literals;

/// So many rows of a kind are written in a second at most: 100,000 take five.
constexpr std::size_t rows_per_second = 20'000;
/// Fewer than those are all written once a second.
constexpr std::size_t slices_per_second = 1s / Projection::slice;

std::size_t rows_in_slice(std::size_t rows) {
    return std::min(rows, rows_per_second) / slices_per_second + 1;
}

const bus::OpenOutcome* outcome_of(const share_log::Record& record, mining::ChannelKey key) {
    const auto found = std::ranges::find(record.result.opens, key, &bus::OpenOutcome::key);
    return found == record.result.opens.end() ? nullptr : &*found;
}

share_log::Sums to_sums(const bus::Verdict& verdict, base::UnixMicros at) {
    share_log::Sums sums;
    if (verdict.error) {
        sums.rejected[static_cast<std::size_t>(*verdict.error)] = 1;
    } else {
        sums.accepted = 1;
        sums.credited += verdict.difficulty;
    }
    sums.blocks = verdict.solves_block ? 1 : 0;
    sums.last_share_at = at;
    return sums;
}

}  // namespace

Projection::Projection(View& view)
    : view_(view), miners_(view.workers, view.identities), channels_(view.channels, miners_) {
    view_.pool.set_name("pool");
}

void Projection::take(const share_log::Record& record, const Place& place) {
    const auto& batch = record.batch;
    auto at =
        batch.shares.empty() ? place.committed_at : batch.shares.front().submitted.received_at;
    auto event = batch.events.begin();
    for (std::size_t share = 0; share <= batch.shares.size(); ++share) {
        if (share < batch.shares.size())
            at = std::max(at, batch.shares[share].submitted.received_at);
        for (; event != batch.events.end() && event->before_share <= share; ++event)
            apply(event->body, record, place, at);
        if (share < batch.shares.size()) count(record, share, place);
    }
    channels_.heard(batch.epoch, place.partition, std::max(at, place.committed_at));
}

void Projection::apply(const bus::EventBody& event, const share_log::Record& record,
                       const Place& place, base::UnixMicros at) {
    if (const auto* opened = std::get_if<bus::ChannelOpen>(&event)) {
        const auto* outcome = outcome_of(record, opened->key);
        if (outcome == nullptr || !outcome->error_code.empty()) return;
        channels_.open({.key = opened->key,
                        .partition = place.partition,
                        .kind = opened->kind,
                        .user_identity = opened->user_identity,
                        .nominal_hash_rate = static_cast<double>(opened->nominal_hash_rate),
                        .target = outcome->target,
                        .opened_at = at,
                        .sums = {}},
                       at);
    } else if (const auto* closed = std::get_if<bus::ChannelClose>(&event)) {
        channels_.close(closed->key);
    } else if (const auto* applied = std::get_if<bus::TargetApplied>(&event)) {
        channels_.apply_target(applied->key, applied->target, at);
    } else if (const auto* updated = std::get_if<bus::ChannelUpdate>(&event)) {
        channels_.update(updated->key, static_cast<double>(updated->nominal_hash_rate), at);
    }
}

void Projection::count(const share_log::Record& record, std::size_t index, const Place& place) {
    const auto& share = record.batch.shares[index];
    const auto& verdict = record.result.verdicts[index];
    const auto& job = record.batch.jobs[share.job];
    const auto at = share.submitted.received_at;
    const double difficulty = verdict.error ? 0 : verdict.difficulty.to_double();
    Miner* worker = nullptr;
    // Of a channel that was closed since only a block matters, which is the worker's.
    if (share.submitted.state != mining::JobState::closed)
        worker = channels_.count(job.record.channel, {.at = at,
                                                      .error = verdict.error,
                                                      .difficulty = difficulty,
                                                      .is_in_sums = place.is_in_sums});
    if (worker == nullptr || !share.worker.empty()) {
        const auto miner =
            share_log::miner_of(record.batch.channels[job.channel].user_identity, share.worker);
        worker = &miners_.worker(miner.identity, miner.worker);
    }
    miners_.count(*worker, to_sums(verdict, at), place.is_in_sums);
    if (verdict.error) return pool_.reject(at, *verdict.error);
    const double network = network_difficulty(record, job);
    pool_.accept(at, difficulty, network > 0 ? difficulty / network : 0);
}

double Projection::network_difficulty(const share_log::Record& record, const bus::Job& job) {
    const auto* facts = record.find(job.record.template_ref);
    // A miner's own job is of the same chain as those before it.
    if (facts != nullptr && facts->nbits != nbits_) {
        nbits_ = facts->nbits;
        network_difficulty_ = bitcoin::approximate_difficulty(facts->network_target);
    }
    return network_difficulty_;
}

void Projection::pass(base::UnixMicros now, bool is_live) {
    // What was expected in the past nobody can say who reads it faster than it passed.
    if (!is_live) return;
    channels_.look(is_stuck_);
    pool_.expect(now, channels_.expected_per_second());
}

void Projection::refresh(base::UnixMicros now, const ChannelBook::WhereaboutsOf& whereabouts) {
    channels_.refresh(rows_in_slice(channels_.size()), now, whereabouts);
    miners_.refresh(rows_in_slice(miners_.size()), now);
}

void Projection::write_pool(base::UnixMicros now, base::UnixMicros log_time) {
    auto& row = view_.pool;
    const auto counts = [&](std::chrono::seconds window) {
        const auto step = pool_.sum(now, window);
        WindowCounts found{
            .accepted = static_cast<double>(step.accepted), .work = step.work, .rejected = {}};
        std::ranges::copy(step.rejected, found.rejected.begin());
        return found;
    };
    set_rates(*row.mutable_hash_rates(), pool_.work(now));
    set_counts(*row.mutable_shares_last_hour(), counts(1h));
    set_counts(*row.mutable_shares_last_day(), counts(24h));
    row.set_accepted_per_minute(counts(60s).accepted);
    row.set_channels(static_cast<std::uint32_t>(channels_.size()));
    row.set_active_workers(miners_.active_workers());
    row.set_active_identities(miners_.active_identities());
    row.set_expected_blocks_last_day(pool_.sum(now, 24h).blocks);
    *row.mutable_convergence() = channels_.convergence();
    if (log_time != base::UnixMicros{}) set_time(*row.mutable_log_time(), log_time);
}

std::optional<History> Projection::worker_history(std::string_view name, base::UnixMicros now,
                                                  std::chrono::seconds window) const {
    const auto* miner = miners_.find(name);
    if (miner == nullptr) return std::nullopt;
    return admin::worker_history(*miner, now, window);
}

}  // namespace admin
