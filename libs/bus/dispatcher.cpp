#include "bus/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/ensure.h"
#include "base/planted_fault.h"
#include "bus/codec.h"
#include "bus/mix.h"
#include "mining/job.h"

namespace bus {

std::string refusal_of(const Ready& ready, const DispatcherSettings& settings) {
    if (ready.version != bus_version)
        return fmt::format("bus version {} is not {}", ready.version, bus_version);
    if (std::ranges::find(ready.derivation_versions, mining::derivation_version) ==
        ready.derivation_versions.end())
        return fmt::format("derivation version {} is not known to the worker",
                           mining::derivation_version);
    if (ready.partitions != settings.partitions)
        return fmt::format("{} partitions, the pool has {}", ready.partitions, settings.partitions);
    if (ready.duplicate_key_fingerprint != settings.duplicate_key_fingerprint)
        return "another duplicate key than the pool's";
    return {};
}

Dispatcher::Dispatcher(DispatcherSettings settings)
    : settings_(settings),
      scans_({settings.epoch, settings.silence_max, settings.waiting_max}),
      lone_pace_(settings.lone_pace) {
    lanes_.reserve(settings_.partitions);
    for (std::uint32_t p = 0; p < settings_.partitions; ++p)
        lanes_.push_back({PartitionQueue{settings_.epoch, Partition{p}, settings_.shares_a_batch,
                                         settings_.event_pace},
                          {}});
}

void Dispatcher::add_share(Partition partition, const ShareContext& context,
                           const mining::SubmittedShare& share, std::string worker,
                           base::SteadyTime now) {
    lanes_[partition.value].queue.add_share(context, share, std::move(worker), now);
    lone_pace_.share_came(now);
}

void Dispatcher::add_event(Partition partition, std::uint64_t connection, EventBody body,
                           base::SteadyTime now) {
    lanes_[partition.value].queue.add_event(connection, std::move(body), now);
}

void Dispatcher::set_tip(const bitcoin::BlockHash& tip, base::SteadyTime now) {
    for (auto& lane : lanes_) lane.queue.set_tip(tip, now);
}

bool Dispatcher::is_full(Partition partition) const {
    const auto& queue = lanes_[partition.value].queue;
    // "What waits goes out at once when a worker comes": if one comes.
    if (base::is_planted(base::Fault::unbounded_queue) && workers_.empty())
        return queue.paced_events() >= settings_.paced_a_partition;
    return queue.entries() >= settings_.entries_a_partition ||
           queue.paced_events() >= settings_.paced_a_partition;
}

void Dispatcher::on_message(const std::string& worker, const ToGateway& message,
                            base::SteadyTime now) {
    if (const auto known = workers_.find(worker); known != workers_.end())
        known->second.last_heard = now;
    if (const auto* ready = std::get_if<Ready>(&message))
        on_ready(worker, *ready, now);
    else if (const auto* waiting = std::get_if<Waiting>(&message))
        on_waiting(worker, *waiting, now);
    else if (const auto* result = std::get_if<Result>(&message))
        on_result(worker, *result, now);
    else if (const auto* refused = std::get_if<Refused>(&message))
        on_refused(worker, *refused);
    else if (const auto* scan_waiting = std::get_if<ScanWaiting>(&message))
        scans_.on_waiting(worker, *scan_waiting, now);
    else if (const auto* scanned = std::get_if<Scanned>(&message))
        scans_.on_scanned(*scanned);
    else
        forget(worker);  // Goodbye: what it holds it may still answer, and another gets it too
}

void Dispatcher::on_ready(const std::string& worker, const Ready& ready, base::SteadyTime now) {
    if (workers_.contains(worker)) return;  // its loop turns; credits come back with results
    auto refusal = refusal_of(ready, settings_);
    const bool welcome = refusal.empty();
    if (!welcome) ++counters_.workers_refused;
    effects_.push_back(Send{worker, encode(Hello{settings_.epoch, std::move(refusal)})});
    if (welcome) workers_.emplace(worker, Worker{ready.worker, ready.credits, now, {}, {}});
}

void Dispatcher::on_waiting(const std::string& worker, const Waiting& waiting,
                            base::SteadyTime now) {
    if (const auto known = workers_.find(worker); known != workers_.end()) {
        const auto loan = known->second.loans.find({waiting.partition.value, waiting.sequence});
        if (loan != known->second.loans.end()) {
            loan->second.last_heard = now;
            if (!loan->second.waiting_since) loan->second.waiting_since = now;
        }
    }
    auto* in_flight = find(waiting.epoch, waiting.partition, waiting.sequence);
    if (in_flight == nullptr) return;
    for (auto& holder : in_flight->holders) {
        if (holder.worker != worker) continue;
        holder.last_heard = now;
        holder.waits_for = waiting.waits_for;
        if (!holder.waiting_since) holder.waiting_since = now;
    }
}

void Dispatcher::on_result(const std::string& worker, const Result& result, base::SteadyTime now) {
    return_credit(worker, result.partition, result.sequence);
    if (const auto known = workers_.find(worker); known != workers_.end())
        known->second.last_answer = now;
    auto* in_flight = find(result.epoch, result.partition, result.sequence);
    if (in_flight == nullptr) {
        ++counters_.results_ignored;  // the other worker's answer came first
        return;
    }
    const auto opens = std::ranges::count_if(in_flight->batch.events, [](const Event& event) {
        return std::holds_alternative<ChannelOpen>(event.body);
    });
    if (result.verdicts.size() != in_flight->batch.shares.size() ||
        result.opens.size() != static_cast<std::size_t>(opens)) {
        ++counters_.results_ignored;
        forget(worker);  // it speaks of something else; let another one judge
        return;
    }
    effects_.push_back(Done{std::move(in_flight->batch), result});
    auto& lane = lanes_[result.partition.value];
    if (in_flight->is_lone) lone_pace_.came_home(now);
    lane.in_flight.reset();
    lane.queue.came_home(now);
    lane.moved_at = now;
    scans_.on_done(result.partition, result.sequence);
}

void Dispatcher::on_refused(const std::string& worker, const Refused& refused) {
    return_credit(worker, refused.partition, refused.sequence);
    if (find(refused.epoch, refused.partition, refused.sequence) != nullptr)
        effects_.push_back(Fenced{refused.reason});
}

void Dispatcher::on_unreachable(const std::string& worker, base::SteadyTime now) {
    forget(worker);
    flush(now);
}

void Dispatcher::on_tick(base::SteadyTime now) {
    std::vector<std::string> lost;
    for (const auto& [identity, worker] : workers_)
        if (now - worker.last_heard > settings_.ready_max) lost.push_back(identity);
    for (const auto& identity : lost) forget(identity);
    for (auto& [identity, worker] : workers_) write_off_loans(worker, now);
    for (auto& send : scans_.due([this](Partition of) { return scan_candidates(of); }, now))
        effects_.push_back(Send{std::move(send.worker), std::move(send.frame)});
    probe_holders(now);
    flush(now);
}

void Dispatcher::probe_holders(base::SteadyTime now) {
    std::set<std::string> silent;
    for (const auto& lane : lanes_) {
        if (!lane.in_flight) continue;
        for (const auto& holder : lane.in_flight->holders)
            if (workers_.contains(holder.worker) &&
                now - holder.last_heard >= settings_.probe_after)
                silent.insert(holder.worker);
    }
    for (const auto& worker : silent)
        effects_.push_back(Send{worker, encode(Hello{settings_.epoch, {}})});
}

void Dispatcher::flush(base::SteadyTime now) {
    for (std::size_t i = 0, first = first_lane_; i < lanes_.size(); ++i) {
        auto& lane = lanes_[(first + i) % lanes_.size()];
        flush(lane, now);
        scan(lane, now);
    }
}

bool Dispatcher::may_go(const Lane& lane, base::SteadyTime now) const {
    if (credits() == 0 || !lane.queue.is_ready(now)) return false;
    return lane.queue.has_batch() ||
           lone_pace_.due(now, lane.lone_at, lane.queue.are_paced_bulk()) <= now;
}

void Dispatcher::flush(Lane& lane, base::SteadyTime now) {
    if (!lane.in_flight) {
        if (!may_go(lane, now)) return;
        const bool is_lone = !lane.queue.has_batch();
        if (is_lone) {
            lone_pace_.left(now);
            lane.lone_at = now;
            first_lane_ = static_cast<std::size_t>(&lane - lanes_.data()) + 1;
        }
        InFlight next{lane.queue.take(now), {}, now, {}, false, is_lone};
        next.frame = encode(next.batch);
        lane.in_flight = std::move(next);
        lane.moved_at = now;
        ++counters_.batches_sent;
        send_to_another(*lane.in_flight, now);
    } else if (needs_another(*lane.in_flight, now)) {
        if (send_to_another(*lane.in_flight, now))
            ++counters_.batches_resent;
        else
            scan_without_holder(*lane.in_flight, now);
    }
}

/// Without a worker nothing is handed out: what waits then goes as batches when one comes, or is
/// scanned behind those. Where batches come and go the queue is only long: to scan it would make
/// more work where there is too much.
void Dispatcher::scan(Lane& lane, base::SteadyTime now) {
    if (workers_.empty()) return;
    const bool stands = now - lane.moved_at > settings_.scan_after;
    const auto wait_max = stands ? settings_.scan_after : settings_.scan_at_last;
    while (auto waiting = lane.queue.take_unscanned(now - wait_max)) {
        const auto partition = waiting->shares.partition;
        send_scan(partition, waiting->sequence, std::move(waiting->shares), now);
    }
}

/// Its workers are lost or silent and no other has credit: who has none can hash all the same.
void Dispatcher::scan_without_holder(InFlight& in_flight, base::SteadyTime now) {
    const bool is_held = std::ranges::any_of(in_flight.holders, [&](const Holder& holder) {
        return workers_.contains(holder.worker) && now - holder.last_heard <= settings_.silence_max;
    });
    if (workers_.empty() || is_held || in_flight.batch.shares.empty() ||
        std::exchange(in_flight.is_scanned, true))
        return;
    auto shares = in_flight.batch;
    shares.sequence = 0;
    shares.live_tips.clear();
    shares.events.clear();
    send_scan(shares.partition, in_flight.batch.sequence, std::move(shares), now);
}

void Dispatcher::send_scan(Partition partition, std::uint64_t sequence, Batch shares,
                           base::SteadyTime now) {
    if (auto send =
            scans_.add(partition, sequence, std::move(shares), scan_candidates(partition), now))
        effects_.push_back(Send{std::move(send->worker), std::move(send->frame)});
}

std::vector<ScanBook::Candidate> Dispatcher::scan_candidates(Partition partition) const {
    const auto& in_flight = lanes_[partition.value].in_flight;
    std::vector<ScanBook::Candidate> candidates;
    for (const auto& [identity, worker] : workers_) {
        const bool holds_batch =
            in_flight && std::ranges::find(in_flight->holders, identity, &Holder::worker) !=
                             in_flight->holders.end();
        candidates.push_back({identity, worker.id, holds_batch});
    }
    return candidates;
}

std::optional<base::SteadyTime> Dispatcher::next_scan_after(const Lane& lane) const {
    const auto since = lane.queue.oldest_unscanned();
    if (!since) return std::nullopt;
    return std::min(std::max(*since, lane.moved_at) + settings_.scan_after,
                    *since + settings_.scan_at_last);
}

std::optional<base::SteadyTime> Dispatcher::next_flush_at(base::SteadyTime now) const {
    std::optional<base::SteadyTime> next;
    if (workers_.empty()) return next;
    for (const auto& lane : lanes_)
        if (const auto last = next_scan_after(lane); last && (!next || *last < *next)) next = last;
    // One tick later than not yet.
    if (next) *next += base::SteadyTime::duration{1};
    if (credits() == 0) return next;
    for (const auto& lane : lanes_) {
        const auto due = lane.queue.paced_due();
        if (!due || lane.in_flight) continue;
        const auto at =
            std::max(*due, lone_pace_.due(now, lane.lone_at, lane.queue.are_paced_bulk()));
        next = next ? std::min(*next, at) : at;
    }
    return next;
}

void Dispatcher::hurry() {
    lone_pace_.hurry();
    for (auto& lane : lanes_) lane.queue.hurry();
}

bool Dispatcher::needs_another(const InFlight& in_flight, base::SteadyTime now) const {
    return std::ranges::all_of(in_flight.holders, [&](const Holder& holder) {
        // "It waits for the ledger, as another would": also when it is gone.
        if (base::is_planted(base::Fault::lost_wakeup) && !workers_.contains(holder.worker) &&
            holder.waits_for == WaitsFor::ledger)
            return false;
        return !workers_.contains(holder.worker) ||
               now - holder.last_heard > settings_.silence_max ||
               (holder.waiting_since && now - *holder.waiting_since > settings_.waiting_max);
    });
}

/// It has not spoken of some batch for too long, or has long been waiting with one and has answered
/// none since: it may be cut off from here or from the ledger, and takes a second or three of each
/// batch that it is given.
bool Dispatcher::is_doubtful(const Worker& worker, base::SteadyTime now) const {
    return std::ranges::any_of(worker.loans, [&](const auto& entry) {
        const auto& [last_heard, waiting_since] = entry.second;
        return now - last_heard > settings_.silence_max ||
               (waiting_since && now - *waiting_since > settings_.waiting_max &&
                worker.last_answer < *waiting_since);
    });
}

/// Rendezvous hashing: a partition stays with one worker while it lives and has credit, so that
/// its caches are warm; when it goes, its partitions spread over the others. Who is doubtful gets
/// none while another has credit. Who had the batch and has lost it is sent it again when nobody
/// else can be.
bool Dispatcher::send_to_another(InFlight& in_flight, base::SteadyTime now) {
    const BatchName name{in_flight.batch.partition.value, in_flight.batch.sequence};
    const auto held_by = [&](const std::string& identity) {
        return std::ranges::find(in_flight.holders, identity, &Holder::worker);
    };
    const auto rank = [&](const auto& candidate) {
        return std::tuple{!is_doubtful(candidate.second, now),
                          held_by(candidate.first) == in_flight.holders.end(),
                          mix(candidate.second.id.value ^ mix(name.first))};
    };
    auto best = workers_.end();
    for (auto candidate = workers_.begin(); candidate != workers_.end(); ++candidate) {
        const auto& worker = candidate->second;
        if (worker.credits() == 0 || worker.loans.contains(name)) continue;
        if (best == workers_.end() || rank(*candidate) > rank(*best)) best = candidate;
    }
    if (best == workers_.end()) return false;
    best->second.loans.emplace(name, Loan{now, {}});
    Holder holder{best->first, now, {}, best->second.id, {}};
    if (const auto before = held_by(best->first); before != in_flight.holders.end())
        *before = std::move(holder);
    else
        in_flight.holders.push_back(std::move(holder));
    effects_.push_back(Send{best->first, in_flight.frame});
    return true;
}

void Dispatcher::return_credit(const std::string& worker, Partition partition,
                               std::uint64_t sequence) {
    const auto known = workers_.find(worker);
    if (known != workers_.end()) known->second.loans.erase({partition.value, sequence});
}

/// It says every 250 ms what it holds: what it does not speak of is lost, and its credit is free
/// for the next batch.
void Dispatcher::write_off_loans(Worker& worker, base::SteadyTime now) const {
    std::erase_if(worker.loans, [&](const auto& loan) {
        return now - loan.second.last_heard > settings_.loan_max;
    });
}

void Dispatcher::forget(const std::string& worker) {
    if (workers_.erase(worker) != 0) ++counters_.workers_lost;
}

Dispatcher::InFlight* Dispatcher::find(mining::Epoch epoch, Partition partition,
                                       std::uint64_t sequence) {
    if (epoch != settings_.epoch || partition.value >= lanes_.size()) return nullptr;
    auto& in_flight = lanes_[partition.value].in_flight;
    return in_flight && in_flight->batch.sequence == sequence ? &*in_flight : nullptr;
}

std::vector<Dispatcher::Effect> Dispatcher::take_effects() {
    return std::exchange(effects_, {});
}

std::size_t Dispatcher::credits() const {
    std::size_t sum = 0;
    for (const auto& [identity, worker] : workers_) sum += worker.credits();
    return sum;
}

std::size_t Dispatcher::batches_in_flight() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(lanes_, [](const Lane& lane) { return lane.in_flight.has_value(); }));
}

bool Dispatcher::is_idle() const {
    return std::ranges::all_of(
        lanes_, [](const Lane& lane) { return !lane.in_flight && lane.queue.is_empty(); });
}

std::size_t Dispatcher::unacknowledged_shares() const {
    std::size_t sum = 0;
    for (const auto& lane : lanes_)
        sum += lane.queue.shares() + (lane.in_flight ? lane.in_flight->batch.shares.size() : 0);
    return sum;
}

std::size_t Dispatcher::fullest() const {
    std::size_t most = 0;
    for (const auto& lane : lanes_) most = std::max(most, lane.queue.entries());
    return most;
}

std::size_t Dispatcher::paced_events() const {
    std::size_t sum = 0;
    for (const auto& lane : lanes_) sum += lane.queue.paced_events();
    return sum;
}

std::size_t Dispatcher::most_paced() const {
    std::size_t most = 0;
    for (const auto& lane : lanes_) most = std::max(most, lane.queue.paced_events());
    return most;
}

std::optional<base::SteadyTime> Dispatcher::oldest() const {
    const auto entry = oldest_entry();
    return entry ? std::optional{entry->since} : std::nullopt;
}

std::optional<Dispatcher::OldestEntry> Dispatcher::oldest_entry() const {
    std::optional<OldestEntry> oldest;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        const auto& lane = lanes_[i];
        const auto since = lane.in_flight ? lane.in_flight->since : lane.queue.oldest();
        if (!since || (oldest && *since >= oldest->since)) continue;
        oldest = {*since,
                  {static_cast<std::uint32_t>(i)},
                  lane.in_flight ? lane.in_flight->batch.sequence : 0};
    }
    return oldest;
}

std::vector<Dispatcher::Unanswered> Dispatcher::unanswered(base::SteadyTime before) const {
    std::vector<Unanswered> found;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        const auto& lane = lanes_[i];
        const auto since = lane.in_flight ? lane.in_flight->since : lane.queue.oldest();
        if (!since || *since >= before) continue;
        auto& entry = found.emplace_back(
            Unanswered{.partition = {static_cast<std::uint32_t>(i)}, .since = *since});
        if (!lane.in_flight) {
            entry.shares = lane.queue.shares();
            entry.events = lane.queue.paced_events();
            continue;
        }
        const auto& [batch, frame, sent_at, holders, is_scanned, is_lone] = *lane.in_flight;
        entry.sequence = batch.sequence;
        entry.shares = batch.shares.size();
        entry.events = batch.events.size();
        for (const auto& holder : holders)
            entry.held_by.push_back({.worker = holder.id,
                                     .last_heard = holder.last_heard,
                                     .waits_for = holder.waits_for,
                                     .is_lost = !workers_.contains(holder.worker)});
    }
    return found;
}

}  // namespace bus
