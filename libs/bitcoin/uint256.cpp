#include "bitcoin/uint256.h"

#include "base/hex.h"

namespace bitcoin {

std::optional<Uint256> Uint256::from_be_hex(std::string_view text) {
    if (text.size() != 64) return std::nullopt;
    const auto raw = base::from_hex(text);
    if (!raw) return std::nullopt;
    Uint256 value;
    for (std::size_t i = 0; i < 32; ++i)
        value.bytes[i] = std::to_integer<std::uint8_t>((*raw)[31 - i]);
    return value;
}

std::string Uint256::to_be_hex() const {
    Uint256 reversed;
    std::reverse_copy(bytes.begin(), bytes.end(), reversed.bytes.begin());
    return base::to_hex(reversed.as_bytes());
}

}  // namespace bitcoin
