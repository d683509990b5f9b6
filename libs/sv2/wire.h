#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <optional>
#include <type_traits>

#include "base/ensure.h"
#include "base/strong_id.h"
#include "sv2/types.h"

namespace sv2 {

/// What is left of a payload while it is decoded.
struct Reader {
    const std::byte* at = nullptr;
    const std::byte* end = nullptr;
    DecodeError error{};

    explicit Reader(base::ByteView payload)
        : at(payload.data()), end(payload.data() + payload.size()) {}

    std::size_t left() const { return static_cast<std::size_t>(end - at); }
    bool fail(DecodeError reason) {
        error = reason;
        return false;
    }
};

/// How a field of type T travels. Each specialisation has
///   `fixed_size`  bytes on the wire, or 0 when that depends on the value;
///   `size(v)`     bytes that this value takes;
///   `write(to, v)` writes exactly `size(v)` bytes and returns the position after them;
///   `read(reader, v)` is false, with the reason in the reader, when the payload is malformed.
/// A new type of field is one more specialisation; messages are composed of fields only.
template <class T>
struct Wire;

template <std::size_t Size, class Int>
inline std::byte* write_le(std::byte* to, Int value) {
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(to, &value, Size);
    } else {
        for (std::size_t i = 0; i < Size; ++i) to[i] = static_cast<std::byte>(value >> (8 * i));
    }
    return to + Size;
}

template <std::size_t Size, class Int>
inline Int read_le(const std::byte* from) {
    Int value{};
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, from, Size);
    } else {
        for (std::size_t i = 0; i < Size; ++i)
            value = static_cast<Int>(value | (static_cast<Int>(from[i]) << (8 * i)));
    }
    return value;
}

/// U8, U16, U32, U64: little-endian.
template <std::unsigned_integral Int>
struct Wire<Int> {
    static constexpr std::size_t fixed_size = sizeof(Int);
    static constexpr std::size_t size(Int) { return fixed_size; }
    static std::byte* write(std::byte* to, Int value) { return write_le<fixed_size>(to, value); }
    static bool read(Reader& reader, Int& value) {
        if (reader.left() < fixed_size) return reader.fail(DecodeError::overrun);
        value = read_le<fixed_size, Int>(reader.at);
        reader.at += fixed_size;
        return true;
    }
};

/// BOOL: only bit 0 counts on receipt; we send 0 or 1.
template <>
struct Wire<bool> {
    static constexpr std::size_t fixed_size = 1;
    static constexpr std::size_t size(bool) { return fixed_size; }
    static std::byte* write(std::byte* to, bool value) {
        *to = static_cast<std::byte>(value ? 1 : 0);
        return to + 1;
    }
    static bool read(Reader& reader, bool& value) {
        if (reader.left() < fixed_size) return reader.fail(DecodeError::overrun);
        value = (*reader.at & std::byte{0x01}) != std::byte{0};
        ++reader.at;
        return true;
    }
};

/// F32: IEEE 754 single precision, little-endian. Any pattern decodes, also NaN.
template <>
struct Wire<float> {
    static constexpr std::size_t fixed_size = 4;
    static constexpr std::size_t size(float) { return fixed_size; }
    static std::byte* write(std::byte* to, float value) {
        return Wire<std::uint32_t>::write(to, std::bit_cast<std::uint32_t>(value));
    }
    static bool read(Reader& reader, float& value) {
        std::uint32_t bits = 0;
        if (!Wire<std::uint32_t>::read(reader, bits)) return false;
        value = std::bit_cast<float>(bits);
        return true;
    }
};

/// Enumerations travel as their underlying integer and keep values that have no name.
template <class Enum>
    requires std::is_enum_v<Enum>
struct Wire<Enum> {
    using Int = std::underlying_type_t<Enum>;
    static constexpr std::size_t fixed_size = sizeof(Int);
    static constexpr std::size_t size(Enum) { return fixed_size; }
    static std::byte* write(std::byte* to, Enum value) {
        return Wire<Int>::write(to, static_cast<Int>(value));
    }
    static bool read(Reader& reader, Enum& value) {
        Int number = 0;
        if (!Wire<Int>::read(reader, number)) return false;
        value = static_cast<Enum>(number);
        return true;
    }
};

template <class Tag, std::unsigned_integral Int>
struct Wire<base::StrongId<Tag, Int>> {
    using Id = base::StrongId<Tag, Int>;
    static constexpr std::size_t fixed_size = sizeof(Int);
    static constexpr std::size_t size(Id) { return fixed_size; }
    static std::byte* write(std::byte* to, Id id) { return Wire<Int>::write(to, id.value); }
    static bool read(Reader& reader, Id& id) { return Wire<Int>::read(reader, id.value); }
};

template <>
struct Wire<U256> {
    static constexpr std::size_t fixed_size = 32;
    static constexpr std::size_t size(const U256&) { return fixed_size; }
    static std::byte* write(std::byte* to, const U256& value) {
        std::memcpy(to, value.data(), fixed_size);
        return to + fixed_size;
    }
    static bool read(Reader& reader, U256& value) {
        if (reader.left() < fixed_size) return reader.fail(DecodeError::overrun);
        std::memcpy(value.data(), reader.at, fixed_size);
        reader.at += fixed_size;
        return true;
    }
};

/// OPTION[T]: a count of 0 or 1, then the value if there is one.
template <class T>
struct Wire<std::optional<T>> {
    static constexpr std::size_t fixed_size = 0;
    static constexpr std::size_t size(const std::optional<T>& value) {
        return value ? 1 + Wire<T>::size(*value) : 1;
    }
    static std::byte* write(std::byte* to, const std::optional<T>& value) {
        to = Wire<bool>::write(to, value.has_value());
        return value ? Wire<T>::write(to, *value) : to;
    }
    static bool read(Reader& reader, std::optional<T>& value) {
        std::uint8_t count = 0;
        if (!Wire<std::uint8_t>::read(reader, count)) return false;
        if (count > 1) return reader.fail(DecodeError::bad_option);
        if (count == 0) {
            value.reset();
            return true;
        }
        return Wire<T>::read(reader, value.emplace());
    }
};

/// Str0_255 and the Blobs: a length, then that many bytes, which stay where they are.
template <class T>
    requires requires {
        T::prefix_size;
        T::size_max;
    }
struct Wire<T> {
    static constexpr std::size_t fixed_size = 0;
    static constexpr std::size_t size(const T& value) { return T::prefix_size + value.size(); }
    static std::byte* write(std::byte* to, const T& value) {
        if (value.size() > T::size_max) [[unlikely]]
            base::ensure(false, "a field is longer than its type can carry");
        to = write_le<T::prefix_size>(to, static_cast<std::uint32_t>(value.size()));
        if (!value.empty()) std::memcpy(to, value.data(), value.size());
        return to + value.size();
    }
    static bool read(Reader& reader, T& value) {
        if (reader.left() < T::prefix_size) return reader.fail(DecodeError::overrun);
        const std::size_t length = read_le<T::prefix_size, std::uint32_t>(reader.at);
        if (length > T::size_max) return reader.fail(DecodeError::too_long);
        if (length > reader.left() - T::prefix_size) return reader.fail(DecodeError::overrun);
        const std::byte* const bytes = reader.at + T::prefix_size;
        if constexpr (std::is_base_of_v<std::string_view, T>)
            value = T{std::string_view{reinterpret_cast<const char*>(bytes), length}};
        else
            value = T{base::ByteView{bytes, length}};
        reader.at = bytes + length;
        return true;
    }
};

}  // namespace sv2
