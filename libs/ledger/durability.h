#pragma once

#include <chrono>
#include <cstdint>

namespace ledger {

/// When something counts as durable, beyond the primary's own append-only file.
struct Durability {
    /// How many replicas must have it; 0 where there are none.
    std::uint32_t replicas = 0;
    std::chrono::milliseconds wait_timeout{500};
};

}  // namespace ledger
