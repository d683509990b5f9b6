#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bitcoin {

/// Which constant the checksum ends in: BIP 173 or BIP 350.
enum class Bech32Variant { bech32, bech32m };

enum class Bech32Error {
    malformed,       ///< length, alphabet, mixed case or no separator
    wrong_checksum,  ///< neither constant fits
};

struct Bech32Text {
    std::string human_readable{};      ///< lower case
    std::vector<std::uint8_t> data{};  ///< values of 5 bits, without the checksum
    Bech32Variant variant{};
};

/// Errors: `malformed`, `wrong_checksum`.
base::Result<Bech32Text, Bech32Error> decode_bech32(std::string_view text);

/// Lower case; `data` are values below 32.
std::string encode_bech32(const Bech32Text& text);

}  // namespace bitcoin
