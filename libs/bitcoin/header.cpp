#include "bitcoin/header.h"

#include <algorithm>

#include "base/bytes.h"
#include "bitcoin/sha256.h"

namespace bitcoin {

HeaderBytes encode_header(const Header& header) {
    HeaderBytes bytes{};
    base::store_le(header.version, bytes.data());
    std::ranges::copy(header.prev_hash.value.as_bytes(), bytes.begin() + 4);
    std::ranges::copy(header.merkle_root.as_bytes(), bytes.begin() + 36);
    base::store_le(header.ntime, bytes.data() + 68);
    base::store_le(header.nbits, bytes.data() + 72);
    base::store_le(header.nonce, bytes.data() + 76);
    return bytes;
}

Header decode_header(std::span<const std::byte, header_size> bytes) {
    return Header{
        .version = base::load_le<std::uint32_t>(bytes.data()),
        .prev_hash = BlockHash{Uint256::from_bytes(bytes.subspan<4, 32>())},
        .merkle_root = Uint256::from_bytes(bytes.subspan<36, 32>()),
        .ntime = base::load_le<std::uint32_t>(bytes.data() + 68),
        .nbits = base::load_le<std::uint32_t>(bytes.data() + 72),
        .nonce = base::load_le<std::uint32_t>(bytes.data() + 76),
    };
}

BlockHash header_hash(std::span<const std::byte, header_size> bytes) {
    return BlockHash{sha256d(bytes)};
}

BlockHash header_hash(const Header& header) {
    return header_hash(encode_header(header));
}

}  // namespace bitcoin
