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
};

/// OpenSSL's low-level calls: runs everywhere.
const Sha256Kernel& portable_sha256_kernel();

/// Every kernel that this CPU can run, the fastest last. Never empty.
std::span<const Sha256Kernel> sha256_kernels();

/// The fastest; chosen once.
const Sha256Kernel& best_sha256_kernel();

}  // namespace bitcoin
