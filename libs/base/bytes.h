#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

/// Bytes that somebody else owns, and bytes that we own.
using ByteView = std::span<const std::byte>;
using Bytes = std::vector<std::byte>;

/// The bytes of a string, and of anything else that is contiguous and trivially byte-like.
inline ByteView as_bytes(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}
inline ByteView as_bytes(std::span<const std::uint8_t> bytes) {
    return std::as_bytes(bytes);
}

/// The same bytes as a string: for protobuf, Redis and files, whose interfaces want one.
inline std::string to_string(ByteView bytes) {
    return std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::string_view as_string_view(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes to_bytes(ByteView bytes) {
    return Bytes{bytes.begin(), bytes.end()};
}
inline Bytes to_bytes(std::string_view text) {
    return to_bytes(as_bytes(text));
}

inline void append(Bytes& to, ByteView bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

/// The spec's integers are little-endian on the wire, whatever the machine.
template <class Int>
constexpr void store_le(Int value, std::byte* to) {
    for (std::size_t i = 0; i < sizeof(Int); ++i)
        to[i] = static_cast<std::byte>(static_cast<std::uint8_t>(value >> (8 * i)));
}
template <class Int>
constexpr Int load_le(const std::byte* from) {
    Int value{};
    for (std::size_t i = 0; i < sizeof(Int); ++i)
        value = static_cast<Int>(value | static_cast<Int>(static_cast<Int>(from[i]) << (8 * i)));
    return value;
}
template <class Int>
void append_le(Bytes& to, Int value) {
    std::byte bytes[sizeof(Int)];
    store_le(value, bytes);
    append(to, bytes);
}

}  // namespace base
