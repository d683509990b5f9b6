#include "bitcoin/bech32.h"

#include <array>
#include <span>

namespace bitcoin {
namespace {

constexpr std::string_view alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t checksum_size = 6;
constexpr std::size_t text_size_max = 90;

constexpr std::uint32_t checksum_constant(Bech32Variant variant) {
    return variant == Bech32Variant::bech32 ? 1 : 0x2bc830a3;
}

/// One step of the remainder of a polynomial over GF(32) (BIP 173).
std::uint32_t polymod_step(std::uint32_t remainder, std::uint8_t value) {
    constexpr std::array<std::uint32_t, 5> generator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                     0x2a1462b3};
    const std::uint32_t top = remainder >> 25;
    remainder = ((remainder & 0x1ffffffU) << 5) ^ value;
    for (std::size_t i = 0; i < generator.size(); ++i)
        if (((top >> i) & 1U) != 0) remainder ^= generator[i];
    return remainder;
}

std::uint32_t polymod(std::string_view human_readable, std::span<const std::uint8_t> data) {
    std::uint32_t remainder = 1;
    for (const char c : human_readable)
        remainder = polymod_step(remainder, static_cast<std::uint8_t>(c >> 5));
    remainder = polymod_step(remainder, 0);
    for (const char c : human_readable)
        remainder = polymod_step(remainder, static_cast<std::uint8_t>(c & 31));
    for (const auto value : data) remainder = polymod_step(remainder, value);
    return remainder;
}

/// In lower case; nothing when a character is not printable or both cases occur.
base::Result<std::string, Bech32Error> lower_case(std::string_view text) {
    std::string lowered;
    bool lower = false;
    bool upper = false;
    for (const char c : text) {
        if (c < 33 || c > 126) return base::unexpected(Bech32Error::malformed);
        lower = lower || (c >= 'a' && c <= 'z');
        upper = upper || (c >= 'A' && c <= 'Z');
        lowered.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    if (lower && upper) return base::unexpected(Bech32Error::malformed);
    return lowered;
}

}  // namespace

base::Result<Bech32Text, Bech32Error> decode_bech32(std::string_view text) {
    if (text.size() > text_size_max) return base::unexpected(Bech32Error::malformed);
    const auto lowered = lower_case(text);
    if (!lowered) return base::unexpected(lowered.error());
    const auto separator = lowered->rfind('1');
    if (separator == std::string::npos || separator == 0 ||
        lowered->size() - separator - 1 < checksum_size)
        return base::unexpected(Bech32Error::malformed);

    Bech32Text decoded{.human_readable = lowered->substr(0, separator)};
    for (const char c : lowered->substr(separator + 1)) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) return base::unexpected(Bech32Error::malformed);
        decoded.data.push_back(static_cast<std::uint8_t>(value));
    }
    const std::uint32_t remainder = polymod(decoded.human_readable, decoded.data);
    decoded.data.resize(decoded.data.size() - checksum_size);
    for (const auto variant : {Bech32Variant::bech32, Bech32Variant::bech32m}) {
        decoded.variant = variant;
        if (remainder == checksum_constant(variant)) return decoded;
    }
    return base::unexpected(Bech32Error::wrong_checksum);
}

std::string encode_bech32(const Bech32Text& text) {
    auto data = text.data;
    data.resize(data.size() + checksum_size);
    const std::uint32_t checksum =
        polymod(text.human_readable, data) ^ checksum_constant(text.variant);
    std::string encoded = text.human_readable + '1';
    for (const auto value : text.data) encoded.push_back(alphabet[value & 31U]);
    for (std::size_t i = 0; i < checksum_size; ++i)
        encoded.push_back(alphabet[(checksum >> (5 * (checksum_size - 1 - i))) & 31U]);
    return encoded;
}

}  // namespace bitcoin
