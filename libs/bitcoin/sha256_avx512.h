#pragma once

#include <cstddef>
#include <cstdint>

namespace bitcoin {

/// SHA-256 for sixteen messages at once on AVX-512. Only call these where the CPU and the operating
/// system have AVX-512 F, BW and VL. This file alone is built with those flags, and includes no
/// inline function that others might be given by the linker; it leaves the upper halves of the
/// registers clean, which SSE-encoded code such as the SHA kernel's needs (sha256_shani.h).
inline constexpr std::size_t avx512_lanes = 16;

/// For each lane, sha256d of a message whose beginning is hashed (`states`, eight words) and whose
/// last `count` blocks of 64 bytes, padding included, are at `blocks`. Lanes may repeat each other.
void avx512_finish_double(const std::uint32_t* const* states, const std::uint8_t* const* blocks,
                          std::size_t count, std::uint8_t* const* hashes);

/// For each lane, in place: node = sha256d(node || path[i]) for each of `levels` nodes of 32 bytes.
/// Lanes may repeat each other.
void avx512_fold(std::uint8_t* const* nodes, const std::uint8_t* const* paths, std::size_t levels);

}  // namespace bitcoin
