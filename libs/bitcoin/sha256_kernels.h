#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bitcoin {

/// One way to run SHA-256's compression function. `state` is eight words, `blocks` 64 bytes each.
struct Sha256Kernel {
    std::string_view name{};
    void (*compress)(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count){};
    /// The same for two independent messages of as many blocks, interleaved where that is faster.
    void (*compress_pair)(std::uint32_t* state_a, const std::uint8_t* blocks_a,
                          std::uint32_t* state_b, const std::uint8_t* blocks_b,
                          std::size_t count){};
    /// sha256d of many messages, as many at a time as the CPU can: `states` is what was hashed of
    /// each, `blocks` its last `count` blocks, padding included; 32 bytes go to each of `hashes`.
    void (*finish_double)(const std::uint32_t* const* states, const std::uint8_t* const* blocks,
                          std::size_t count, std::uint8_t* const* hashes, std::size_t messages){};
    /// Merkle nodes of 32 bytes on their way up, in place: for each of the `levels` nodes of its
    /// path, which lie one after another, node = sha256d(node || the path's).
    void (*fold)(std::uint8_t* const* nodes, const std::uint8_t* const* paths, std::size_t levels,
                 std::size_t messages){};
};

/// OpenSSL's low-level calls: runs everywhere.
const Sha256Kernel& portable_sha256_kernel();

/// Every kernel that this CPU can run, the fastest last. Never empty.
std::span<const Sha256Kernel> sha256_kernels();

/// The kernel to use, chosen at the first call: the fastest, or the one that the environment
/// variable ADIT_SHA256 names ("portable", "sha-ni", "avx-512"), so that a test or an operator who
/// mistrusts a CPU can force one. Errors: throws std::runtime_error for a name that this CPU does
/// not have; processes call it when they start.
const Sha256Kernel& best_sha256_kernel();

}  // namespace bitcoin
