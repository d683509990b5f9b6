#pragma once

#include <compare>
#include <cstdint>

#include "base/bytes.h"
#include "mining/ids.h"

namespace simulation {

/// What a share is made of that a miner chose, and whose space that is: the same on both sides of a
/// translator, where all other names of a share end.
struct ShareName {
    mining::ChannelKey channel{};
    base::Bytes rolled{};  ///< of the extranonce, what stands behind the channel's prefix
    std::uint32_t nonce{};
    std::uint32_t ntime{};
    std::uint32_t version{};
    friend auto operator<=>(const ShareName&, const ShareName&) = default;
};

}  // namespace simulation
