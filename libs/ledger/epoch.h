#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/result.h"
#include "ledger/durability.h"
#include "mining/ids.h"
#include "redis/client.h"

namespace ledger {

/// Who names things under an epoch. The two count apart.
enum class EpochKind { gateway, template_leader };

struct TakenEpoch {
    mining::Epoch epoch{};
    /// From now. Before that, Redis' clock has not passed the epoch, and a Redis that forgot it
    /// could give it out again.
    std::chrono::microseconds usable_after{};
};

/// An epoch is a tick of Redis' clock.
inline constexpr std::chrono::microseconds epoch_tick{4'000};

/// How long until Redis' clock, which is at `now` (Unix time), has passed the epoch; zero when it
/// has.
std::chrono::microseconds epoch_usable_after(mining::Epoch epoch, std::chrono::microseconds now);

/// Takes an epoch that nobody had and nobody gets: 40 bits of 4 ms ticks of Redis' clock, larger
/// than the one before (architecture D11). The caller waits out `usable_after` on a timer.
/// Errors, in words for the log: Redis is away, or too few replicas have it; take another.
void take_epoch(redis::Client& client, EpochKind kind, const Durability& durability,
                std::function<void(base::Result<TakenEpoch, std::string>)> done);

}  // namespace ledger
