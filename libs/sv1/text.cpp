#include "sv1/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sv1 {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t word_size = 4;

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

template <class Int>
std::optional<Int> parse_all(std::string_view text, int base) {
    // from_chars would also take a minus sign.
    if (text.empty() || digit(text.front()) < 0) return std::nullopt;
    Int value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

void swap_words(bitcoin::Uint256& value) {
    for (auto at = value.bytes.begin(); at != value.bytes.end(); at += word_size)
        std::reverse(at, at + word_size);
}

}  // namespace

void append_hex32(std::uint32_t value, std::string& out) {
    for (int shift = 28; shift >= 0; shift -= 4) out.push_back(digits[(value >> shift) & 0xfU]);
}

std::optional<std::uint32_t> parse_hex32(std::string_view text) {
    if (text.size() > 8) return std::nullopt;
    return parse_all<std::uint32_t>(text, 16);
}

std::optional<std::uint32_t> parse_job_id(std::string_view text) {
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    return parse_all<std::uint32_t>(text, 10);
}

void append_decimal(std::uint64_t value, std::string& out) {
    std::array<char, 20> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
    out.append(text.data(), written.ptr);
}

void append_hex(base::ByteView bytes, std::string& out) {
    for (const auto byte : bytes) {
        out.push_back(digits[std::to_integer<unsigned>(byte) >> 4]);
        out.push_back(digits[std::to_integer<unsigned>(byte) & 0xfU]);
    }
}

std::optional<std::size_t> parse_hex(std::string_view text, std::span<std::byte> to) {
    if (text.size() % 2 != 0 || text.size() / 2 > to.size()) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]);
        const int low = digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        to[i / 2] = static_cast<std::byte>(high * 16 + low);
    }
    return text.size() / 2;
}

void append_prev_hash(const bitcoin::Uint256& prev_hash, std::string& out) {
    auto swapped = prev_hash;
    swap_words(swapped);
    append_branch(swapped, out);
}

std::optional<bitcoin::Uint256> parse_prev_hash(std::string_view text) {
    auto value = parse_branch(text);
    if (value) swap_words(*value);
    return value;
}

void append_branch(const bitcoin::Uint256& node, std::string& out) {
    append_hex(node.as_bytes(), out);
}

std::optional<bitcoin::Uint256> parse_branch(std::string_view text) {
    bitcoin::Uint256 value;
    if (parse_hex(text, std::as_writable_bytes(std::span{value.bytes})) != value.bytes.size())
        return std::nullopt;
    return value;
}

std::optional<bitcoin::Uint256> parse_target(std::string_view text) {
    bitcoin::Uint256 value;
    if (text.empty() || text.size() > value.bytes.size() * 2) return std::nullopt;
    std::array<char, 64> padded{};
    padded.fill('0');
    std::copy(text.begin(), text.end(), padded.end() - static_cast<std::ptrdiff_t>(text.size()));
    return bitcoin::Uint256::from_be_hex({padded.data(), padded.size()});
}

}  // namespace sv1
