#pragma once

#include <compare>
#include <cstdint>

#include "auditor/sv1_journal.h"
#include "base/bytes.h"

namespace simulation {

/// What a share is made of that a miner chose, and of which job and channel that is: the same on
/// both sides of a translator, where all other names of a share end. A miner begins each job with
/// the same nonces.
struct ShareName {
    auditor::LedgerJob job{};
    base::Bytes rolled{};  ///< of the extranonce, what stands behind the channel's prefix
    std::uint32_t nonce{};
    std::uint32_t ntime{};
    std::uint32_t version{};
    friend auto operator<=>(const ShareName&, const ShareName&) = default;
};

}  // namespace simulation
