#pragma once

#include <cstdint>
#include <random>
#include <span>

#include "base/bytes.h"

namespace base {

/// Where chance comes from: secrets and identities in production, a seed in tests.
class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> bytes) = 0;

    std::uint64_t next_u64() {
        std::byte bytes[8];
        fill(bytes);
        return load_le<std::uint64_t>(bytes);
    }

  protected:
    Random() = default;
    Random(const Random&) = default;
    Random& operator=(const Random&) = default;
};

/// The kernel's entropy, fit for keys. Chosen in main.cpp and nowhere else.
class SystemRandom final : public Random {
  public:
    void fill(std::span<std::byte> bytes) override;
};

/// The same sequence for the same seed; never fit for keys.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::byte> bytes) override {
        for (auto& byte : bytes) byte = static_cast<std::byte>(engine_() & 0xffU);
    }

  private:
    std::mt19937_64 engine_;
};

}  // namespace base
