#pragma once

#include <compare>
#include <optional>

#include "auditor/sv1_journal.h"
#include "base/bytes.h"
#include "miner/work.h"

namespace simulation {

/// Where an SV1 miner searches: the ledger's job, and what stands behind its channel's prefix
/// before the bytes that the miner chooses.
struct SearchSpace {
    auditor::LedgerJob job{};
    base::Bytes fixed{};
    /// It contains the other one, or the other way round.
    bool overlaps(const SearchSpace& other) const;
    friend auto operator<=>(const SearchSpace&, const SearchSpace&) = default;
};

/// Nothing for a coinbase that is not this pool's.
std::optional<SearchSpace> search_space_of(const miner::Coinbase& coinbase,
                                           base::ByteView extranonce1);

}  // namespace simulation
