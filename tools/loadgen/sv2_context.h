#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "loadgen/hash_budget.h"
#include "loadgen/journal.h"
#include "loadgen/statistics.h"
#include "loadgen/stocking.h"
#include "noise/keys.h"

namespace loadgen {

/// What all SV2 peers of a run share. Outlives them.
struct Sv2Context {
    Journal& journal;
    Statistics& statistics;
    Sv2Statistics& sv2;
    const base::Clock& clock;
    base::Random& random;
    base::Random& keys;
    noise::AuthorityPublicKey authority{};
    std::string host{};
    std::uint16_t port{};
    HashBudget hashes;
    Stocking stocking{};
    /// Shorter gaps in a miner's service are not told.
    base::SteadyTime::duration gap_min = std::chrono::seconds{1};
    /// Nobody submits yet.
    bool is_holding = false;
    /// Nobody submits any more.
    bool is_ending = false;

    std::uint32_t unix_seconds() const { return base::to_unix_seconds(clock.unix_now()); }
};

}  // namespace loadgen
