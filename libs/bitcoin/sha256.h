#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "bitcoin/uint256.h"

namespace bitcoin {

/// SHA-256 as a value: what has been hashed so far can be copied and continued many times, so a
/// common beginning (of a coinbase, of a header) is hashed once. Uses the fastest kernel that
/// this CPU has (sha256_kernels.h).
class Sha256 {
  public:
    Sha256() = default;

    Sha256& update(base::ByteView bytes);

    /// The digest of all that was updated. The object itself does not change.
    Uint256 digest() const;
    /// The digest of that digest.
    Uint256 double_digest() const;

    /// What the whole blocks of 64 bytes among those updated have made of the initial state.
    const std::array<std::uint32_t, 8>& state() const { return state_; }

  private:
    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::uint8_t, 64> buffer_{};
    std::uint64_t size_{};
};

/// SHA-256 (FIPS 180-4); the digest's first byte is `bytes[0]`.
Uint256 sha256(base::ByteView bytes);

/// SHA-256 of SHA-256: block hashes, txids, merkle nodes.
Uint256 sha256d(base::ByteView bytes);

/// The parent of two merkle nodes: sha256d(left || right).
Uint256 sha256d_pair(const Uint256& left, const Uint256& right);

}  // namespace bitcoin
