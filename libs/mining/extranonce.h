#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace mining {

/// Prefix and rolled part together have at most 32 bytes (Sv2 5.2).
inline constexpr std::size_t extranonce_size_max = 32;

/// A part of an extranonce, 0 to 32 bytes, held in place: shares and job records come by the
/// thousand and are copied.
class Extranonce {
  public:
    constexpr Extranonce() = default;

    /// Nothing for more than 32 bytes.
    static std::optional<Extranonce> from(base::ByteView bytes) {
        if (bytes.size() > extranonce_size_max) return std::nullopt;
        Extranonce extranonce;
        std::copy(bytes.begin(), bytes.end(), extranonce.bytes_.begin());
        extranonce.size_ = static_cast<std::uint8_t>(bytes.size());
        return extranonce;
    }

    base::ByteView bytes() const { return base::ByteView{bytes_}.first(size_); }
    constexpr std::size_t size() const { return size_; }
    friend bool operator==(const Extranonce&, const Extranonce&) = default;

  private:
    std::array<std::byte, extranonce_size_max> bytes_{};  // zero beyond the size
    std::uint8_t size_{};
};

}  // namespace mining
