#pragma once

#include <cstddef>

#include "hostile/peer.h"

namespace hostile {

/// `count` miners, each with an extended channel on which it submits `rate` shares a second in all,
/// and notes how long each waited for its answer. For each line on standard input a line is
/// written: how many were answered since the last, p50 and p99 in microseconds, connections lost.
int mine_steadily(const Target& target, std::size_t count, double rate);

}  // namespace hostile
