#include "base/base58.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/ensure.h"

namespace base {
namespace {

constexpr std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t checksum_size = 4;

/// Digits of a number in some base, the last one least significant; wiped when done.
struct Digits {
    std::array<std::uint8_t, base58_text_size_max> digits{};
    std::size_t used = 0;

    Digits() = default;
    Digits(const Digits&) = delete;
    Digits& operator=(const Digits&) = delete;
    ~Digits() { OPENSSL_cleanse(digits.data(), digits.size()); }

    void multiply_add(std::uint32_t factor, std::uint32_t addend, std::uint32_t radix) {
        std::uint32_t carry = addend;
        for (std::size_t i = 0; i < used || carry != 0; ++i) {
            auto& digit = digits[digits.size() - 1 - i];
            carry += digit * factor;
            digit = static_cast<std::uint8_t>(carry % radix);
            carry /= radix;
            used = std::max(used, i + 1);
        }
    }
    std::span<const std::uint8_t> significant() const { return std::span{digits}.last(used); }
};

std::array<std::byte, checksum_size> checksum(ByteView payload) {
    std::array<std::uint8_t, 32> once{};
    std::array<std::uint8_t, 32> twice{};
    const bool hashed =
        EVP_Digest(payload.data(), payload.size(), once.data(), nullptr, EVP_sha256(), nullptr) ==
            1 &&
        EVP_Digest(once.data(), once.size(), twice.data(), nullptr, EVP_sha256(), nullptr) == 1;
    ensure(hashed, "libcrypto has SHA-256");
    std::array<std::byte, checksum_size> first{};
    std::memcpy(first.data(), twice.data(), first.size());
    return first;
}

}  // namespace

std::string_view error_text(Base58Error error) {
    switch (error) {
        case Base58Error::too_long: return "too long";
        case Base58Error::bad_character: return "a character outside the base58 alphabet";
        case Base58Error::too_short: return "too short";
        case Base58Error::wrong_checksum: return "wrong checksum";
    }
    return "unknown";
}

std::string base58check_encode(ByteView payload) {
    ensure(payload.size() <= base58check_payload_size_max, "a base58check payload is short");
    const auto check = checksum(payload);
    Digits number;
    for (const auto byte : payload) number.multiply_add(256, std::to_integer<unsigned>(byte), 58);
    for (const auto byte : check) number.multiply_add(256, std::to_integer<unsigned>(byte), 58);

    std::size_t zeros = 0;
    while (zeros < payload.size() && payload[zeros] == std::byte{0}) ++zeros;
    if (zeros == payload.size())
        while (zeros < payload.size() + check.size() &&
               check[zeros - payload.size()] == std::byte{0})
            ++zeros;
    std::string text;
    text.reserve(zeros + number.used);
    text.assign(zeros, alphabet.front());
    for (const auto digit : number.significant()) text.push_back(alphabet[digit]);
    return text;
}

Result<Bytes, Base58Error> base58check_decode(std::string_view text) {
    if (text.size() > base58_text_size_max) return unexpected(Base58Error::too_long);
    Digits number;
    for (const char character : text) {
        const auto digit = alphabet.find(character);
        if (digit == std::string_view::npos) return unexpected(Base58Error::bad_character);
        number.multiply_add(58, static_cast<std::uint32_t>(digit), 256);
    }
    const auto ones = text.find_first_not_of(alphabet.front());
    const std::size_t zeros = ones == std::string_view::npos ? text.size() : ones;
    const std::size_t size = zeros + number.used;
    if (size < checksum_size) return unexpected(Base58Error::too_short);

    Bytes bytes(size);
    std::ranges::transform(number.significant(), bytes.end() - static_cast<long>(number.used),
                           [](std::uint8_t digit) { return std::byte{digit}; });
    const auto payload = ByteView{bytes}.first(size - checksum_size);
    if (!std::ranges::equal(checksum(payload), ByteView{bytes}.last(checksum_size))) {
        OPENSSL_cleanse(bytes.data(), bytes.size());
        return unexpected(Base58Error::wrong_checksum);
    }
    bytes.resize(payload.size());
    return bytes;
}

}  // namespace base
