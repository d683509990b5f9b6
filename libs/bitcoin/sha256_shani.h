#pragma once

#include <cstddef>
#include <cstdint>

namespace bitcoin {

/// The compression function on x86's SHA instructions, for one message and for two interleaved:
/// sha256rnds2 takes several cycles, and the second message fills them. Only call these where
/// the CPU has SHA, SSSE3, SSE4.1 and SSE4.2.
///
/// They are SSE-encoded: this file alone is built with -march=x86-64-v2 -msha. Built for AVX, or
/// inlined into code that leaves the upper halves of its registers dirty, they ran 100 times
/// slower; and no inline function of a header must be compiled there for a CPU that not all have.
void shani_compress(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count);
void shani_compress_pair(std::uint32_t* state_a, const std::uint8_t* blocks_a,
                         std::uint32_t* state_b, const std::uint8_t* blocks_b, std::size_t count);

}  // namespace bitcoin
