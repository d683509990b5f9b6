#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

/// Protobuf's encoding, by hand: for the messages that come once for each share, where objects of
/// generated types cost more than all else that is done with a share. What is written here is to
/// the byte what the generated types write. Private to the codec.
namespace bus::wire {

enum class Type : std::uint32_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

constexpr std::uint32_t tag(std::uint32_t field, Type type) {
    return field << 3 | static_cast<std::uint32_t>(type);
}

/// What the tag of a field below 16 and its number, or the length of its bytes, take at most.
inline constexpr std::size_t number_size_max = 11;

/// Appends fields to a string. A field that has its default value is left out, as protobuf does.
class Writer {
  public:
    /// More than `size_max` bytes are not written before finish().
    Writer(std::string& to, std::size_t size_max) : to_(to) {
        const auto before = to.size();
        to.resize(before + size_max);
        at_ = to.data() + before;
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void number(std::uint32_t field, std::uint64_t value) {
        if (value == 0) return;
        varint(tag(field, Type::varint));
        varint(value);
    }
    void fixed32(std::uint32_t field, std::uint32_t value) {
        if (value == 0) return;
        varint(tag(field, Type::fixed32));
        little_endian(value);
    }
    void fixed64(std::uint32_t field, std::uint64_t value) {
        if (value == 0) return;
        varint(tag(field, Type::fixed64));
        little_endian(value);
    }
    void bytes(std::uint32_t field, std::string_view value) {
        if (!value.empty()) item(field, value);
    }
    /// The same of a repeated field, where an empty one counts.
    void item(std::uint32_t field, std::string_view value) {
        varint(tag(field, Type::bytes));
        varint(value.size());
        std::memcpy(at_, value.data(), value.size());
        at_ += value.size();
    }
    /// A message of its own, whose fields `write` writes.
    template <class Write>
    void message(std::uint32_t field, Write write) {
        varint(tag(field, Type::bytes));
        auto* const length = at_++;  // is enough for most of them
        write();
        const auto size = static_cast<std::size_t>(at_ - length) - 1;
        if (size < 0x80) {
            *length = static_cast<char>(size);
            return;
        }
        auto* const content = length + varint_size(size);
        std::memmove(content, length + 1, size);
        at_ = length;
        varint(size);
        at_ = content + size;
    }

    void finish() { to_.resize(static_cast<std::size_t>(at_ - to_.data())); }

  private:
    static std::size_t varint_size(std::uint64_t value) {
        return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
    }
    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) *at_++ = static_cast<char>(value | 0x80);
        *at_++ = static_cast<char>(value);
    }
    template <class Int>
    void little_endian(Int value) {
        static_assert(std::endian::native == std::endian::little);
        std::memcpy(at_, &value, sizeof value);
        at_ += sizeof value;
    }

    std::string& to_;
    char* at_{};
};

/// One field as it was read: its tag, and either a number or bytes.
struct Field {
    std::uint32_t tag{};
    std::uint64_t number{};
    std::string_view bytes{};
};

/// Reads the fields of one message, in whatever order they come; who does not know a tag passes
/// over it.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

    /// False at the end, and where the bytes are damaged.
    bool next(Field& field) {
        if (at_ == end_) return false;
        std::uint64_t tag_read = 0;
        if (!varint(tag_read) || tag_read < 8 || tag_read > UINT32_MAX) return fail();
        field.tag = static_cast<std::uint32_t>(tag_read);
        switch (static_cast<Type>(field.tag & 7)) {
            case Type::varint: return varint(field.number) || fail();
            case Type::fixed64: return little_endian<std::uint64_t>(field.number) || fail();
            case Type::fixed32: return little_endian<std::uint32_t>(field.number) || fail();
            case Type::bytes: {
                std::uint64_t size = 0;
                if (!varint(size) || size > left()) return fail();
                field.bytes = {at_, static_cast<std::size_t>(size)};
                at_ += size;
                return true;
            }
        }
        return fail();  // groups, which nobody writes
    }
    bool is_damaged() const { return is_damaged_; }
    bool is_at_end() const { return at_ == end_; }

  private:
    std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    bool fail() {
        is_damaged_ = true;
        return false;
    }
    bool varint(std::uint64_t& value) {
        value = 0;
        for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
            const auto byte = static_cast<unsigned char>(*at_++);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return true;
        }
        return false;
    }
    template <class Int>
    bool little_endian(std::uint64_t& value) {
        if (left() < sizeof(Int)) return false;
        Int read{};
        std::memcpy(&read, at_, sizeof read);
        at_ += sizeof read;
        value = read;
        return true;
    }

    const char* at_;
    const char* end_;
    bool is_damaged_{};
};

}  // namespace bus::wire
