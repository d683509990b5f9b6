#pragma once

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace noise {

/// Bytes that are wiped when they go out of scope, and where they were when they move. Not
/// copyable, so that there is one place to wipe.
template <std::size_t Size>
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::span<const std::byte, Size> bytes) {
        std::ranges::copy(bytes, bytes_.begin());
    }
    Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.wipe(); }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            bytes_ = other.bytes_;
            other.wipe();
        }
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(); }

    std::span<const std::byte, Size> bytes() const { return bytes_; }
    std::span<std::byte, Size> writable() { return bytes_; }
    void wipe() { sodium_memzero(bytes_.data(), bytes_.size()); }

  private:
    std::array<std::byte, Size> bytes_{};
};

}  // namespace noise
