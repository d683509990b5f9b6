#include "channel-manager/worker.h"

#include <algorithm>
#include <utility>

#include "base/hex.h"
#include "base/log.h"
#include "base/planted_fault.h"
#include "bus/codec.h"
#include "channel-manager/to_commit.h"
#include "share_log/record.h"

namespace channel_manager {
namespace {

bool is_same(const bus::Batch& a, const bus::Batch& b) {
    return a.epoch == b.epoch && a.partition == b.partition && a.sequence == b.sequence;
}

}  // namespace

Worker::Worker(WorkerSettings settings, const base::Clock& clock, Ports ports, Metrics& metrics)
    : settings_(std::move(settings)),
      clock_(clock),
      ports_(ports),
      metrics_(metrics),
      cache_(settings_.job_cache_capacity),
      scanner_({.held_max = settings_.scans_max,
                .waiting_interval = settings_.waiting_interval,
                .template_wait_max = settings_.template_wait_max,
                .delivery = settings_.delivery},
               clock, {ports.templates, ports.solutions, ports.gateways}, metrics, cache_,
               lost_templates_) {}

void Worker::on_batch(std::size_t gateway, bus::Batch batch, std::string bytes) {
    if (batch.sequence == 0 || batch.partition.value >= settings_.partitions) {
        metrics_.refused.add();
        ports_.gateways.send(gateway, bus::Refused{batch.epoch, batch.partition, batch.sequence,
                                                   "no such sequence or partition"});
        return;
    }
    for (auto& [id, held] : held_) {
        if (held.gateway != gateway || !is_same(held.batch, batch)) continue;
        ++held.copies;
        return;
    }
    if (held_.size() >= settings_.held_max) {
        metrics_.dropped.add();
        return;
    }
    const auto now = clock_.steady_now();
    Held held;
    held.id = ++last_id_;
    held.gateway = gateway;
    held.batch = std::move(batch);
    held.bytes = std::move(bytes);
    held.since = now;
    held.next_waiting = now + settings_.waiting_interval;
    held.blocks = std::make_unique<BlockDelivery>(settings_.delivery, clock_, ports_.solutions,
                                                  lost_templates_, metrics_, [this, id = last_id_] {
                                                      auto* changed = find(id);
                                                      if (changed != nullptr && !is_stepping_)
                                                          step(*changed);
                                                  });
    step(held_.emplace(last_id_, std::move(held)).first->second);
}

void Worker::on_template() {
    // A step may end a batch and so take it out of the map.
    for (auto at = held_.begin(); at != held_.end();) {
        auto& held = (at++)->second;
        if (!held.is_judged) step(held);
    }
    scanner_.on_template();
}

void Worker::on_tick() {
    const auto now = clock_.steady_now();
    for (auto at = held_.begin(); at != held_.end();) {
        auto& held = (at++)->second;
        if (held.next_waiting <= now) {
            held.next_waiting = now + settings_.waiting_interval;
            ports_.gateways.send(held.gateway, bus::Waiting{held.batch.epoch, held.batch.partition,
                                                            held.batch.sequence, waits_for(held)});
        }
        step(held);
    }
    scanner_.on_tick();
    auto oldest = now;
    const std::pair<bus::WaitsFor, const char*> kinds[] = {{bus::WaitsFor::ledger, "ledger"},
                                                           {bus::WaitsFor::templates, "template"},
                                                           {bus::WaitsFor::solution, "solution"}};
    for (const auto& [kind, name] : kinds) {
        const auto waiting = queue(kind);
        metrics_.held.with({name}).set(static_cast<double>(waiting.depth));
        if (waiting.depth > 0) oldest = std::min(oldest, waiting.oldest);
    }
    metrics_.oldest_seconds.set(std::chrono::duration<double>(now - oldest).count());
    metrics_.batch_queue.set(held_.size(), settings_.held_max, oldest, now);
    metrics_.scan_queue.set(scanner_.held(), settings_.scans_max, scanner_.oldest(), now);
}

Worker::Queue Worker::queue(bus::WaitsFor kind) const {
    Queue queue;
    for (const auto& [id, held] : held_) {
        if (waits_for(held) != kind) continue;
        if (queue.depth++ != 0 && held.since >= queue.oldest) continue;
        queue.oldest = held.since;
        queue.gateway = held.batch.epoch;
        queue.partition = held.batch.partition;
        queue.sequence = held.batch.sequence;
        queue.refusal = held.refusal;
    }
    return queue;
}

std::size_t Worker::refused(ledger::LedgerError error) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        held_, [error](const auto& held) { return held.second.refusal == error; }));
}

bus::WaitsFor Worker::waits_for(const Held& held) {
    if (!held.is_judged) return bus::WaitsFor::templates;
    return held.answer ? bus::WaitsFor::solution : bus::WaitsFor::ledger;
}

void Worker::step(Held& held) {
    is_stepping_ = true;
    const bool is_judged = held.is_judged || try_to_judge(held);
    held.blocks->submit();  // before the ledger: a block waits for nothing
    if (is_judged) try_to_commit(held);
    is_stepping_ = false;
    if (!held.answer || !held.blocks->is_settled()) return;
    answer(held);
    held_.erase(held.id);
}

bool Worker::try_to_judge(Held& held) {
    const auto now = clock_.steady_now();
    const auto missing = missing_templates(held.batch, ports_.templates);
    if (!missing.empty() && now - held.since < settings_.template_wait_max &&
        !are_lost(missing, ports_.templates)) {
        // Its verdicts wait; the blocks under templates that are known do not.
        if (held.missing_templates != missing.size())
            held.blocks->add(find_blocks(held.batch, ports_.templates, cache_).blocks);
        held.missing_templates = missing.size();
        return false;
    }
    auto judgement = judge(held.batch, ports_.templates, settings_.policy, cache_);
    if (judgement.unjudged > 0) {
        metrics_.unjudged.add(judgement.unjudged);
        base::log_error("shares without a template are answered stale",
                        {{"shares", judgement.unjudged}, {"template", missing.front().value}});
    }
    held.commit = to_commit(held.batch, judgement, held.bytes, settings_.id);
    held.result = std::move(judgement.result);
    held.blocks->add(judgement.blocks);
    held.is_judged = true;
    held.judged_at = now;
    // What remains of the batch is its name; the commit has the rest.
    bus::Batch name;
    name.epoch = held.batch.epoch;
    name.partition = held.batch.partition;
    name.sequence = held.batch.sequence;
    held.batch = std::move(name);
    held.bytes = {};
    return true;
}

void Worker::try_to_commit(Held& held) {
    const auto now = clock_.steady_now();
    if (held.answer || held.commit_is_in_flight || held.commit_retry_at > now) return;
    ++held.commit_attempts;
    held.commit_is_in_flight = true;
    ports_.commits.commit(
        held.commit, [this, id = held.id](auto outcome) { on_commit(id, std::move(outcome)); });
}

void Worker::on_commit(HeldId id, base::Result<ledger::Committed, ledger::LedgerError> outcome) {
    auto* held = find(id);
    if (held == nullptr) return;
    held->commit_is_in_flight = false;
    const auto refuse = [&](const char* reason) {
        metrics_.refused.add();
        held->answer =
            bus::Refused{held->batch.epoch, held->batch.partition, held->batch.sequence, reason};
    };
    if (outcome) {
        on_committed(*held, std::move(*outcome));
    } else {
        held->refusal = outcome.error();
        switch (outcome.error()) {
            case ledger::LedgerError::reaped: refuse("this epoch was reaped"); break;
            case ledger::LedgerError::old: refuse("a later sequence was committed"); break;
            case ledger::LedgerError::not_replicated:
                metrics_.wait_shortfalls.add();
                [[fallthrough]];
            case ledger::LedgerError::full:
            case ledger::LedgerError::unavailable:
                metrics_.commit_failures.add();
                held->commit_retry_at = retry_after(held->commit_attempts);
                break;
        }
    }
    if (!is_stepping_) step(*held);
}

void Worker::on_committed(Held& held, ledger::Committed committed) {
    if (committed.is_replay) {
        // Somebody, perhaps we, committed it and was not heard. What was stored goes out.
        auto stored = bus::decode_result(committed.outcome);
        if (!stored) {
            base::log_error("a stored outcome is damaged",
                            {{"partition", held.batch.partition.value},
                             {"epoch", held.batch.epoch.value},
                             {"sequence", held.batch.sequence}});
            held.commit_retry_at = retry_after(held.commit_attempts);
            return;
        }
        held.result = std::move(*stored);
        metrics_.replays.add();
    }
    // "A replay was looked through for duplicates the first time": its stored outcome was not.
    if (!(base::is_planted(base::Fault::double_credit_after_resend) && committed.is_replay))
        share_log::apply_duplicates(held.result, committed.duplicates);
    if (!committed.is_replay) {
        metrics_.batches.add();
        count_shares(held.result);
    }
    if (committed.has_gap) metrics_.ledger_gaps.add();
    metrics_.commit_seconds.observe(
        std::chrono::duration<double>(clock_.steady_now() - held.judged_at).count());
    held.answer = std::move(held.result);
    held.commit = {};
    held.refusal.reset();
}

void Worker::count_shares(const bus::Result& result) {
    for (const auto& verdict : result.verdicts) {
        auto& counter =
            verdict.error ? metrics_.rejected_shares(*verdict.error) : metrics_.accepted_shares;
        counter.add();
        if (!verdict.error) metrics_.credited_difficulty.add(verdict.difficulty.to_double());
    }
}

void Worker::answer(const Held& held) {
    for (std::size_t copy = 0; copy < held.copies; ++copy)
        ports_.gateways.send(held.gateway, *held.answer);
}

Worker::Held* Worker::find(HeldId id) {
    const auto at = held_.find(id);
    return at == held_.end() ? nullptr : &at->second;
}

base::SteadyTime Worker::retry_after(std::uint32_t attempts) const {
    auto delay = settings_.retry_min;
    for (std::uint32_t i = 1; i < attempts && delay < settings_.retry_max; ++i) delay *= 2;
    return clock_.steady_now() + std::min(delay, settings_.retry_max);
}

}  // namespace channel_manager
