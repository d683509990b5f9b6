#pragma once

#include <cstdint>

#include "base/strong_id.h"

namespace mining {

/// A CustomJob by its content: the first 8 bytes, big-endian, of a SHA-256 over it; 0 where a job
/// is the pool's own.
using CustomJobId = base::StrongId<struct CustomJobIdTag, std::uint64_t>;

}  // namespace mining
