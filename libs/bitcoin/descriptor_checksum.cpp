#include "bitcoin/descriptor_checksum.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace bitcoin {
namespace {

/// Three groups of 32 (BIP 380), so that a wrong case or group is one symbol that is wrong.
constexpr std::string_view input_alphabet =
    "0123456789()[],'/*abcdefgh@:$%{}"
    "IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~"
    "ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";
constexpr std::string_view checksum_alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

class Remainder {
  public:
    void add(std::uint64_t symbol) {
        constexpr std::array<std::uint64_t, 5> generator{0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d,
                                                         0x3706b1677a, 0x644d626ffd};
        const std::uint64_t top = value_ >> 35;
        value_ = ((value_ & 0x7ffffffffU) << 5) ^ symbol;
        for (std::size_t i = 0; i < generator.size(); ++i)
            if ((top >> i & 1U) != 0) value_ ^= generator[i];
    }
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 1;
};

}  // namespace

std::optional<std::string> descriptor_checksum(std::string_view descriptor) {
    Remainder remainder;
    std::uint64_t groups = 0;
    unsigned held = 0;
    for (const char c : descriptor) {
        const auto place = input_alphabet.find(c);
        if (place == std::string_view::npos) return std::nullopt;
        remainder.add(place & 31U);
        groups = groups * 3 + place / 32;
        if (++held < 3) continue;
        remainder.add(groups);
        groups = 0;
        held = 0;
    }
    if (held > 0) remainder.add(groups);
    for (std::size_t i = 0; i < descriptor_checksum_size; ++i) remainder.add(0);
    const std::uint64_t value = remainder.value() ^ 1U;
    std::string checksum;
    for (std::size_t i = 0; i < descriptor_checksum_size; ++i)
        checksum.push_back(
            checksum_alphabet[value >> (5 * (descriptor_checksum_size - 1 - i)) & 31U]);
    return checksum;
}

}  // namespace bitcoin
