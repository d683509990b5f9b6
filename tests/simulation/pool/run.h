#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "simulation/world.h"

namespace simulation {

struct RunOptions {
    std::uint64_t seed{};
    /// Of pool time, in which things go wrong.
    std::chrono::seconds trouble{60};
    bool prints_trace{};
};

/// What became of one run.
struct RunResult {
    std::vector<World::Violation> violations{};
    std::vector<std::string> last_lines{};
    std::uint64_t fingerprint{};
    std::uint64_t events{};
    /// What miners were told that their shares are worth; and how many values shares had.
    std::uint64_t acknowledged_difficulty{};
    std::size_t difficulties{};
    /// Channels that in the end have a target by vardiff.
    std::size_t proposals{};
    std::uint64_t sv1_accepted{};
    std::chrono::microseconds pool_time{};
};

/// Simulates a whole pool: it starts, things go wrong for a while, all is healed, and it has to be
/// well again; then miners stop, and what they wrote down is audited.
RunResult run(const RunOptions& options);

}  // namespace simulation
