#pragma once

#include <cstddef>

#include "retarget/policy.h"

namespace translator {

/// How many miners share one channel of the pool: mode "aggregated".
struct AggregateSettings {
    /// Bytes of the extranonce that tell the miners apart, 1 to 4: one is enough for 256 miners,
    /// two for 65,536. Of a miner that left, the number is used again once all of its jobs are
    /// stale, so at a reconnecting farm there are more of them than miners.
    /// `[aggregate] index_bytes`, default 2.
    std::size_t index_size = 2;
    /// Bytes that are to remain of the extranonce for each miner; with the index this is what the
    /// pool is asked for. No key of its own: wanted_extranonce_size() of `[extranonce] prefix_in`
    /// and `extranonce2_size`. A miner's own min_extranonce_size is not looked at, because the
    /// channel is open already.
    std::size_t miner_extranonce_size = 8;
    /// What is wanted of each miner's shares. A pool sees only those that meet the channel's own
    /// target. `[vardiff] shares_per_minute` (default 6; retarget::shares_per_minute_min to _max),
    /// `[vardiff] false_change_every` (default "4h"; 10 minutes to a year),
    /// `[vardiff] powers_of_two` (default false).
    retarget::Policy policy{};
    /// No miner is given easier work, whatever its silence says, unless the pool's own target is
    /// easier. A thousandth of a difficulty is what a device of 70 kH/s finds in a minute.
    /// `[vardiff] easiest_difficulty`, default 0.001; above 0.
    double easiest_difficulty = 0.001;
    /// Hashes a second that a miner is believed to have that says nothing of it, until its shares
    /// do: the smallest ASIC of today. A hundred times more is found within half a minute, a
    /// hundred times less takes two silences of two minutes.
    /// `[vardiff] start_hash_rate`, default 1e12; 1 to 1e18.
    double start_hash_rate_hps = 1e12;
};

}  // namespace translator
