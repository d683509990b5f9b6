#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bitcoin/header.h"
#include "bitcoin/sha256_kernels.h"
#include "bitcoin/target.h"

namespace bitcoin {

/// A header whose first 64 bytes are hashed already; what remains are the last four bytes of
/// the merkle root, ntime, nbits and the nonce.
struct HeaderMidstate {
    std::array<std::uint32_t, 8> state{};
    std::array<std::uint8_t, 12> tail{};  ///< header bytes 64 to 75
};
HeaderMidstate header_midstate(const Header& header);

struct FoundNonce {
    std::uint32_t nonce{};
    BlockHash hash{};
};

/// The first of `count` nonces from `first_nonce` on (wrapping at 2^32) whose header meets the
/// target. Two nonces at a time; all but one in 2^32 / (top word of the target) are turned away
/// by one comparison.
std::optional<FoundNonce> scan_nonces(const HeaderMidstate& midstate, std::uint32_t first_nonce,
                                      std::uint64_t count, const Target& target,
                                      const Sha256Kernel& kernel = best_sha256_kernel());

}  // namespace bitcoin
