#include "bus/scan_book.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "bus/codec.h"
#include "bus/mix.h"

namespace bus {

std::optional<ScanBook::Send> ScanBook::add(Partition partition, std::uint64_t sequence,
                                            Batch shares, const std::vector<Candidate>& candidates,
                                            base::SteadyTime now) {
    const auto number = ++last_number_;
    counters_.shares += shares.shares.size();
    InFlight scan{partition, sequence, encode(Scan{number, std::move(shares)}), now, {}};
    auto& added = scans_.emplace(number, std::move(scan)).first->second;
    auto send = send_to_another(number, added, candidates, now);
    if (send) ++counters_.sent;
    return send;
}

std::vector<ScanBook::Send> ScanBook::due(
    const std::function<std::vector<Candidate>(Partition)>& candidates_for, base::SteadyTime now) {
    std::vector<Send> sends;
    for (auto& [number, scan] : scans_) {
        const auto candidates = candidates_for(scan.partition);
        if (!needs_another(scan, candidates, now)) continue;
        const bool is_first = scan.holders.empty();
        auto send = send_to_another(number, scan, candidates, now);
        if (!send) continue;
        ++(is_first ? counters_.sent : counters_.resent);
        sends.push_back(std::move(*send));
    }
    return sends;
}

bool ScanBook::is_silent(const Holder& holder, base::SteadyTime now) const {
    return now - holder.last_heard > settings_.silence_max;
}

bool ScanBook::needs_another(const InFlight& scan, const std::vector<Candidate>& candidates,
                             base::SteadyTime now) const {
    return std::ranges::all_of(scan.holders, [&](const Holder& holder) {
        const bool is_there =
            std::ranges::find(candidates, holder.worker, &Candidate::worker) != candidates.end();
        return !is_there || is_silent(holder, now) ||
               (holder.waiting_since && now - *holder.waiting_since > settings_.waiting_max);
    });
}

/// To whom it was not sent yet, and best to one that the shares do not wait for already. When all
/// had it, again to one that is silent: a scan costs it no credit, so it may have been dropped.
std::optional<ScanBook::Send> ScanBook::send_to_another(std::uint64_t number, InFlight& scan,
                                                        const std::vector<Candidate>& candidates,
                                                        base::SteadyTime now) {
    const auto held_by = [&scan](const Candidate& candidate) {
        return std::ranges::find(scan.holders, candidate.worker, &Holder::worker);
    };
    const auto rank = [&](const Candidate& candidate) {
        return std::tuple{held_by(candidate) == scan.holders.end(), !candidate.is_suspect,
                          mix(candidate.id.value ^ mix(number))};
    };
    const Candidate* best = nullptr;
    for (const auto& candidate : candidates) {
        const auto holder = held_by(candidate);
        if (holder != scan.holders.end() && !is_silent(*holder, now)) continue;
        if (best == nullptr || rank(candidate) > rank(*best)) best = &candidate;
    }
    if (best == nullptr) return std::nullopt;
    if (const auto holder = held_by(*best); holder != scan.holders.end())
        *holder = {best->worker, now, {}};
    else
        scan.holders.push_back({best->worker, now, {}});
    return Send{best->worker, scan.frame};
}

void ScanBook::on_waiting(const std::string& worker, const ScanWaiting& waiting,
                          base::SteadyTime now) {
    const auto found = scans_.find(waiting.number);
    if (waiting.epoch != settings_.epoch || found == scans_.end()) return;
    for (auto& holder : found->second.holders) {
        if (holder.worker != worker) continue;
        holder.last_heard = now;
        if (!holder.waiting_since) holder.waiting_since = now;
    }
}

void ScanBook::on_scanned(const Scanned& scanned) {
    if (scanned.epoch == settings_.epoch && scans_.erase(scanned.number) != 0)
        counters_.blocks += scanned.blocks;
    else
        ++counters_.answers_ignored;
}

void ScanBook::on_done(Partition partition, std::uint64_t sequence) {
    std::erase_if(scans_, [&](const auto& entry) {
        return entry.second.partition == partition && entry.second.sequence <= sequence;
    });
}

std::optional<base::SteadyTime> ScanBook::oldest() const {
    if (scans_.empty()) return std::nullopt;
    return scans_.begin()->second.since;
}

}  // namespace bus
