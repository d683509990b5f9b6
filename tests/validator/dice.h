#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>

#include "base/bytes.h"
#include "bitcoin/uint256.h"

namespace validator {

/// Chance from a seed, the same on every machine.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    /// 0 to `count` - 1.
    std::uint64_t below(std::uint64_t count) { return engine_() % count; }
    /// Both ends included.
    std::uint64_t between(std::uint64_t low, std::uint64_t high) {
        return low + below(high - low + 1);
    }
    bool one_in(std::uint64_t count) { return below(count) == 0; }
    std::uint32_t u32() { return static_cast<std::uint32_t>(engine_()); }
    std::uint64_t u64() { return engine_(); }

    template <class T>
    T one_of(std::initializer_list<T> choices) {
        return choices.begin()[below(choices.size())];
    }
    base::Bytes bytes(std::size_t size) {
        base::Bytes drawn(size);
        for (auto& byte : drawn) byte = static_cast<std::byte>(engine_());
        return drawn;
    }
    bitcoin::Uint256 uint256() {
        bitcoin::Uint256 value;
        for (auto& byte : value.bytes) byte = static_cast<std::uint8_t>(engine_());
        return value;
    }

  private:
    std::mt19937_64 engine_;
};

}  // namespace validator
