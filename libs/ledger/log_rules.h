#pragma once

#include <chrono>
#include <cstdint>

namespace ledger {

/// How much of the share log is kept, in each partition.
struct LogRules {
    /// Where no reader is required.
    std::chrono::milliseconds keep = std::chrono::hours{24};
    /// Behind required readers: what projections and the auditor may lag.
    std::chrono::milliseconds keep_read = std::chrono::minutes{10};
    /// Bytes of records. Where a reader is required, this is where acknowledgements stop; where
    /// none is, the oldest records go before their time. By default an hour of what a pool of 16
    /// partitions writes at 6,000 shares a second.
    std::uint64_t bytes_max = 256U << 20;
};

}  // namespace ledger
