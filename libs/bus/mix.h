#pragma once

#include <cstdint>

namespace bus {

/// Spreads a 64-bit number over all its bits, the same in every process and release: partitions
/// and affinity are computed by both sides (the finaliser of SplitMix64).
constexpr std::uint64_t mix(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
}

}  // namespace bus
