#pragma once

#include <string>

#include "sv2/message_table.h"

namespace sv2 {

/// Appends a value as a person reads it: numbers in decimal, bytes in hexadecimal in wire order, a
/// stranger's text quoted with everything but printable ASCII escaped. Long values are cut.
void print_value(std::uint64_t value, std::string& out);
void print_value(float value, std::string& out);
void print_value(bool value, std::string& out);
void print_value(std::string_view text, std::string& out);
void print_value(base::ByteView bytes, std::string& out);

template <class Int>
    requires std::unsigned_integral<Int>
void print_value(Int value, std::string& out) {
    print_value(static_cast<std::uint64_t>(value), out);
}
template <class Enum>
    requires std::is_enum_v<Enum>
void print_value(Enum value, std::string& out) {
    print_value(static_cast<std::uint64_t>(value), out);
}
template <class Tag, class Int>
void print_value(base::StrongId<Tag, Int> id, std::string& out) {
    print_value(static_cast<std::uint64_t>(id.value), out);
}
inline void print_value(const U256& value, std::string& out) {
    print_value(base::ByteView{value}, out);
}
inline void print_value(Str0_255 text, std::string& out) {
    print_value(static_cast<std::string_view>(text), out);
}
template <std::size_t SizeMax, std::size_t PrefixSize>
void print_value(Blob<SizeMax, PrefixSize> bytes, std::string& out) {
    print_value(static_cast<base::ByteView>(bytes), out);
}
template <class T>
void print_value(const std::optional<T>& value, std::string& out) {
    if (value)
        print_value(*value, out);
    else
        out += "none";
}

/// How many elements of a sequence are printed.
inline constexpr std::size_t printed_elements_max = 16;

template <class T, std::size_t PrefixSize>
void print_value(const Sequence<T, PrefixSize>& sequence, std::string& out) {
    out += '[';
    std::size_t printed = 0;
    for (const T element : sequence) {
        if (printed != 0) out += ", ";
        if (printed++ == printed_elements_max) {
            out += "... of ";
            print_value(static_cast<std::uint64_t>(sequence.size()), out);
            break;
        }
        print_value(element, out);
    }
    out += ']';
}

/// The message in one line, `SubmitShares.Success{channel_id=7, ...}`: for debug logs and tools.
template <Message M>
std::string to_text(const M& message) {
    std::string out{M::info.name};
    out += '{';
    bool is_first = true;
    M::fields(message, [&](std::string_view name, const auto& field, auto...) {
        if (!is_first) out += ", ";
        is_first = false;
        out += name;
        out += '=';
        print_value(field, out);
    });
    out += '}';
    return out;
}

/// The same for a frame of whatever type, known or not, well-formed or not.
std::string describe_frame(const FrameHeader& header, base::ByteView payload);

}  // namespace sv2
