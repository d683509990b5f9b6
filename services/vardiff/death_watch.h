#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/clock.h"
#include "mining/ids.h"

namespace vardiff {

/// What one look at Redis shows of the gateways.
struct SignsOfLife {
    /// Epochs whose heartbeat was seen just now.
    std::set<mining::Epoch> beating{};
    /// Every epoch that has a heartbeat, however old, or left something in a partition: the sum of
    /// its last sequences, which grows while batches of it are committed.
    std::map<mining::Epoch, std::uint64_t> known{};
};

/// Decides which gateways are gone for good: those of which neither a heartbeat nor a batch was
/// seen for long, by our own clock, in one look after the other. Nothing is held against anybody
/// while we could not look, or while Redis' clock was wrong once. Pure.
class DeathWatch {
  public:
    struct Settings {
        /// Longer than anything that a live gateway waits for: its heartbeat is a second, a batch
        /// is held by a worker for 15 s at most, and a Redis that fails over is back in 5 s.
        std::chrono::milliseconds silent_for{60'000};
        /// Looks that lie farther apart say nothing about the time between them.
        std::chrono::milliseconds look_at_least{20'000};
    };

    explicit DeathWatch(Settings settings) : settings_(settings) {}

    /// The epochs that are gone.
    std::vector<mining::Epoch> look(const SignsOfLife& seen, base::SteadyTime now);

  private:
    struct Silence {
        base::SteadyTime since{};
        std::uint64_t sequences = 0;
    };

    Settings settings_;
    base::SteadyTime last_look_{};
    std::map<mining::Epoch, Silence> silent_{};
};

}  // namespace vardiff
