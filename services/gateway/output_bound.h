#pragma once

#include <cstddef>

#include "sv2/limits.h"

namespace gateway {

/// How much may wait for a miner to read it.
struct OutputBound {
    std::size_t connection{sv2::limits::send_queue_max};
    std::size_t channel{sv2::limits::send_queue_per_channel};
    /// A job of the same tip is not worth sending behind this much that is unread.
    std::size_t backed_up{64 * 1024};

    /// More, and the connection is closed when something is added.
    std::size_t of(std::size_t channels) const { return connection + channels * channel; }
};

}  // namespace gateway
