#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace bitcoin {

/// A 256-bit number as it travels: 32 bytes, least significant first (Sv2 3.1, U256).
/// Also the form of every hash: the digest's bytes in their order.
struct Uint256 {
    std::array<std::uint8_t, 32> bytes{};

    friend constexpr bool operator==(const Uint256&, const Uint256&) = default;
    /// Compares as numbers, so from the last byte down.
    friend constexpr std::strong_ordering operator<=>(const Uint256& a, const Uint256& b) {
        return std::lexicographical_compare_three_way(a.bytes.rbegin(), a.bytes.rend(),
                                                      b.bytes.rbegin(), b.bytes.rend());
    }

    /// From 64 hexadecimal digits, most significant first, as nodes and explorers display hashes.
    /// Nothing for any other text.
    static std::optional<Uint256> from_be_hex(std::string_view text);
    /// 64 lower-case digits, most significant first.
    std::string to_be_hex() const;

    /// From and to the bytes as they travel, least significant first.
    static Uint256 from_bytes(std::span<const std::byte, 32> raw) {
        Uint256 value;
        std::memcpy(value.bytes.data(), raw.data(), raw.size());
        return value;
    }
    std::span<const std::byte, 32> as_bytes() const { return std::as_bytes(std::span{bytes}); }
};

/// The largest number there is, 2^256 - 1.
constexpr Uint256 uint256_max() {
    Uint256 value;
    value.bytes.fill(0xff);
    return value;
}

}  // namespace bitcoin

/// For tables keyed by hashes that cost work to make; strangers can choose other numbers freely.
template <>
struct std::hash<bitcoin::Uint256> {
    std::size_t operator()(const bitcoin::Uint256& value) const noexcept {
        std::size_t low{};
        std::memcpy(&low, value.bytes.data(), sizeof low);
        return low;
    }
};
