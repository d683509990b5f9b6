#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace sv2 {

/// U256: 32 bytes as they travel, least significant first. A hash is the raw SHA256d output, a
/// target an integer (Sv2 3.1). What compares as a number is made from it by the bitcoin library.
using U256 = std::array<std::byte, 32>;

/// STR0_255: at most 255 bytes of text, without a terminator (Sv2 3.1). Borrows: after decoding it
/// points into the receive buffer, and its bytes are a stranger's, not checked for any encoding.
struct Str0_255 : std::string_view {
    static constexpr std::size_t size_max = 255;
    static constexpr std::size_t prefix_size = 1;

    constexpr Str0_255() = default;
    constexpr Str0_255(std::string_view text) : std::string_view(text) {}
    constexpr Str0_255(const char* text) : std::string_view(text) {}
    Str0_255(const std::string& text) : std::string_view(text) {}
};

/// Bytes with a little-endian length of `PrefixSize` bytes before them (Sv2 3.1). Borrows: after
/// decoding it points into the receive buffer. Compared by content.
template <std::size_t SizeMax, std::size_t PrefixSize>
struct Blob : base::ByteView {
    static constexpr std::size_t size_max = SizeMax;
    static constexpr std::size_t prefix_size = PrefixSize;

    constexpr Blob() = default;
    constexpr Blob(base::ByteView bytes) : base::ByteView(bytes) {}
    Blob(const base::Bytes& bytes) : base::ByteView(bytes) {}

    friend bool operator==(Blob a, Blob b) { return std::ranges::equal(a, b); }
};

using B0_32 = Blob<32, 1>;
using B0_255 = Blob<255, 1>;
using B0_64K = Blob<65'535, 2>;
using B0_16M = Blob<16'777'215, 3>;

/// Why a payload is not the message that its type promises. Whatever it is, the connection is
/// closed; the reason is for the metric and the log.
enum class DecodeError {
    overrun,     ///< a field or an element count reaches past the end of the payload
    too_long,    ///< a length above what the field's type allows (B0_32 above 32)
    bad_option,  ///< an OPTION with a count above 1
};

/// The name for logs and metrics.
constexpr std::string_view error_name(DecodeError error) {
    switch (error) {
        case DecodeError::overrun: return "overrun";
        case DecodeError::too_long: return "too-long";
        case DecodeError::bad_option: return "bad-option";
    }
    return "unknown";
}

}  // namespace sv2
