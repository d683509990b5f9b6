#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bus/batch.h"

namespace bus {

/// The scans that no worker has answered yet (architecture D6): who holds which, and which must go
/// to another worker too. A scan ends with the first answer, or when the batch of its shares has
/// come home. What it holds is bounded by the queues of the partitions: each share is in one scan.
///
/// Owned by the dispatcher, which knows the workers. No sockets, no clock.
class ScanBook {
  public:
    struct Settings {
        mining::Epoch epoch{};
        std::chrono::milliseconds silence_max{};
        std::chrono::milliseconds waiting_max{};
    };
    struct Counters {
        std::uint64_t sent{};
        std::uint64_t resent{};
        std::uint64_t shares{};
        std::uint64_t blocks{};
        std::uint64_t answers_ignored{};
    };
    /// One that may be sent to.
    struct Candidate {
        std::string worker{};
        WorkerId id{};
        /// It holds the batch that the shares wait behind, so it may be what they wait for.
        bool is_suspect{};
    };

    explicit ScanBook(Settings settings) : settings_(settings) {}

    /// A frame for the worker behind this ZeroMQ routing id.
    struct Send {
        std::string worker{};
        std::string frame{};
    };
    /// Shares of this partition that will be, or are, in the batch of this sequence. Nothing to
    /// send when there is no worker; due() has it later.
    std::optional<Send> add(Partition partition, std::uint64_t sequence, Batch shares,
                            const std::vector<Candidate>& candidates, base::SteadyTime now);
    /// The scans that must go to another worker by now. `candidates_for` gives all workers.
    std::vector<Send> due(const std::function<std::vector<Candidate>(Partition)>& candidates_for,
                          base::SteadyTime now);

    void on_waiting(const std::string& worker, const ScanWaiting& waiting, base::SteadyTime now);
    void on_scanned(const Scanned& scanned);
    /// The ledger has the batch of this sequence: what was scanned of it needs no answer.
    void on_done(Partition partition, std::uint64_t sequence);

    std::size_t in_flight() const { return scans_.size(); }
    std::optional<base::SteadyTime> oldest() const;
    const Counters& counters() const { return counters_; }

  private:
    struct Holder {
        std::string worker{};
        base::SteadyTime last_heard{};
        std::optional<base::SteadyTime> waiting_since{};
    };
    struct InFlight {
        Partition partition{};
        std::uint64_t sequence{};
        std::string frame{};
        base::SteadyTime since{};
        std::vector<Holder> holders{};
    };

    bool is_silent(const Holder& holder, base::SteadyTime now) const;
    bool needs_another(const InFlight& scan, const std::vector<Candidate>& candidates,
                       base::SteadyTime now) const;
    std::optional<Send> send_to_another(std::uint64_t number, InFlight& scan,
                                        const std::vector<Candidate>& candidates,
                                        base::SteadyTime now);

    Settings settings_;
    std::uint64_t last_number_{};
    std::map<std::uint64_t, InFlight> scans_{};  // by number, so the oldest first
    Counters counters_{};
};

}  // namespace bus
