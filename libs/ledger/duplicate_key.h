#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "bitcoin/target.h"

namespace ledger {

/// The pool's secret under which share hashes are shortened to 64 bits for the duplicate check,
/// so that nobody can grind two shares that look alike, or many that fall into one bucket.
struct DuplicateKey {
    std::array<std::byte, 32> bytes{};
    friend bool operator==(const DuplicateKey&, const DuplicateKey&) = default;

    /// What two processes compare without telling the key.
    std::uint64_t fingerprint() const;
};

/// A share as the duplicate check knows it: SipHash-2-4 of the header hash under the first 16
/// bytes of the key. Two shares of one tip and partition are taken for one with a probability of
/// 2^-64 each pair: once in 10^7 years at a million shares a block.
std::uint64_t short_hash(const DuplicateKey& key, const bitcoin::BlockHash& hash);

}  // namespace ledger
