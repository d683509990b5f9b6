#include "admin/page_token.h"

#include <array>
#include <bit>
#include <utility>

#include "base/bytes.h"
#include "bitcoin/sha256.h"

namespace admin {
namespace {

/// What the bytes mean; a token of another version is refused as damaged.
constexpr char format = 1;
constexpr std::size_t checksum_size = 6;
constexpr std::size_t token_size_max = 8192;
constexpr std::size_t keys_max = 16;

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_base64url(std::string_view bytes) {
    std::string text;
    unsigned held = 0;
    unsigned bits = 0;
    for (const char byte : bytes) {
        held = (held << 8 | static_cast<unsigned char>(byte)) & 0xffff;
        for (bits += 8; bits >= 6; bits -= 6) text += letters[(held >> (bits - 6)) & 63];
    }
    if (bits > 0) text += letters[(held << (6 - bits)) & 63];
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string bytes;
    unsigned held = 0;
    unsigned bits = 0;
    for (const char letter : text) {
        const auto value = letters.find(letter);
        if (value == std::string_view::npos) return std::nullopt;
        held = (held << 6 | static_cast<unsigned>(value)) & 0xffff;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>(static_cast<unsigned char>(held >> bits & 0xff));
    }
    // Bits that no byte has: else several texts would be one token.
    if (bits >= 6 || (held & ((1U << bits) - 1)) != 0) return std::nullopt;
    return bytes;
}

void add_number(std::string& bytes, std::uint64_t number) {
    std::array<std::byte, 8> stored{};
    base::store_le(number, stored.data());
    bytes += base::as_string_view(stored);
}

std::optional<std::uint64_t> take_number(std::string_view& bytes) {
    if (bytes.size() < 8) return std::nullopt;
    const auto number = base::load_le<std::uint64_t>(base::as_bytes(bytes).data());
    bytes.remove_prefix(8);
    return number;
}

std::string checksum(std::string_view bytes) {
    const auto digest = bitcoin::sha256(base::as_bytes(bytes));
    return base::to_string(digest.as_bytes().first(checksum_size));
}

void add_value(std::string& bytes, const Value& value) {
    bytes += static_cast<char>(value.index());
    if (const auto* number = std::get_if<std::int64_t>(&value))
        add_number(bytes, static_cast<std::uint64_t>(*number));
    else if (const auto* size = std::get_if<std::uint64_t>(&value))
        add_number(bytes, *size);
    else if (const auto* real = std::get_if<double>(&value))
        add_number(bytes, std::bit_cast<std::uint64_t>(*real));
    else if (const auto* text = std::get_if<std::string_view>(&value))
        (add_number(bytes, text->size()), bytes += *text);
}

std::optional<Value> take_value(std::string_view& bytes) {
    if (bytes.empty()) return std::nullopt;
    const auto kind = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (kind == 0) return Value{};
    const auto number = take_number(bytes);
    if (!number || kind > 4) return std::nullopt;
    if (kind == 1) return Value{static_cast<std::int64_t>(*number)};
    if (kind == 2) return Value{*number};
    if (kind == 3) return Value{std::bit_cast<double>(*number)};
    if (*number > bytes.size()) return std::nullopt;
    const auto text = bytes.substr(0, *number);
    bytes.remove_prefix(*number);
    return Value{text};
}

}  // namespace

std::uint64_t query_hash(std::string_view kind_of_row, std::string_view name_prefix,
                         std::string_view filter, std::string_view order_by) {
    std::string bytes;
    for (const auto part : {kind_of_row, name_prefix, filter, order_by}) {
        add_number(bytes, part.size());
        bytes += part;
    }
    const auto digest = bitcoin::sha256(base::as_bytes(bytes));
    return base::load_le<std::uint64_t>(digest.as_bytes().data());
}

std::string encode_page_token(const PageToken& token) {
    std::string bytes(1, format);
    add_number(bytes, token.query);
    for (const auto& key : token.keys) add_value(bytes, key);
    return to_base64url(bytes + checksum(bytes));
}

std::optional<PageToken> decode_page_token(std::string_view text, std::string& storage) {
    if (text.size() > token_size_max) return std::nullopt;
    auto bytes = from_base64url(text);
    if (!bytes || bytes->size() < 1 + 8 + checksum_size) return std::nullopt;
    storage = *std::move(bytes);
    std::string_view rest = storage;
    const auto sum = rest.substr(rest.size() - checksum_size);
    rest.remove_suffix(checksum_size);
    if (sum != checksum(rest) || rest.front() != format) return std::nullopt;
    rest.remove_prefix(1);
    PageToken token;
    token.query = *take_number(rest);
    while (!rest.empty()) {
        const auto value = take_value(rest);
        if (!value || token.keys.size() == keys_max) return std::nullopt;
        token.keys.push_back(*value);
    }
    return token;
}

}  // namespace admin
