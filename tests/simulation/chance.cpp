#include "simulation/chance.h"

#include <algorithm>
#include <cstddef>

namespace simulation {

/// SplitMix64: every seed gives a good stream, also 1, 2 and 3.
std::uint64_t Chance::next() {
    state_ += 0x9e3779b97f4a7c15U;
    auto z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

Chance Chance::fork(std::string_view name) const {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const auto letter : name)
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
    Chance mixed{seed_ ^ hash};
    return Chance{mixed.next()};
}

void Chance::fill(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        auto value = next();
        const auto size = std::min(bytes.size(), sizeof value);
        for (auto& byte : bytes.first(size)) {
            byte = static_cast<std::byte>(value);
            value >>= 8U;
        }
        bytes = bytes.subspan(size);
    }
}

}  // namespace simulation
