#pragma once

#include <cstdlib>
#include <string_view>

#include "base/hex.h"
#include "miner/work.h"

namespace miner::testing {

inline base::Bytes bytes_of(std::string_view hex) {
    auto bytes = base::from_hex(hex);
    if (!bytes) std::abort();
    return *bytes;
}

/// Bytes as they travel, in hexadecimal.
inline bitcoin::Uint256 raw_uint256(std::string_view hex) {
    const auto bytes = bytes_of(hex);
    if (bytes.size() != 32) std::abort();
    return bitcoin::Uint256::from_bytes(std::span<const std::byte, 32>{bytes.data(), 32});
}

/// Met by about one hash in 256.
inline bitcoin::Target easy_target() {
    auto target = bitcoin::target_max();
    target.value.bytes[31] = 0;
    return target;
}

/// The share vectors of the Rust reference libraries (26802203, channels_sv2), job by job: shares
/// that its tests find valid.
struct ShareVector {
    std::string_view prefix;
    std::string_view extranonce;  ///< with the channel's prefix
    std::string_view suffix;
    std::string_view prev_hash;
    std::string_view merkle_root;
    std::uint32_t nonce;
    std::string_view hash;  ///< as displayed
};
inline constexpr std::uint32_t vector_ntime = 1745611105;
inline constexpr std::uint32_t vector_version = 0x20000000;
inline constexpr std::uint32_t vector_nbits = 0x1b00d7c0;
inline constexpr std::string_view vector_target =
    "0001179d9861a761ffdadd11c307c4fc04eea3a418f7d687584e4434af158205";
inline constexpr ShareVector extended_vector{
    .prefix =
        "02000000010000000000000000000000000000000000000000000000000000000000000000ffffffff2a"
        "5200065376322f2f2f20",
    .extranonce = "0000000000000000000000000000000000000000000000010100000000000000",
    .suffix =
        "ffffffff0200f2052a01000000160014ebe1b7dcc293ccaa0ee743a86f89df8258c208fc000000000000"
        "0000266a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf900"
        "000000",
    .prev_hash = "17cd48869956dc99e01cd892e478e39dd563a0a3803b8bbe9e3e000000000000",
    .merkle_root = "cae378f9a9dc0d816aa282f36506f209ece36dd90eb50781a25798a509763a05",
    .nonce = 16647,
    .hash = "000054cc966c174fc21b056b994c0aa265c40126222040984f571230b9adde1f"};
inline constexpr ShareVector standard_vector{
    .prefix =
        "02000000010000000000000000000000000000000000000000000000000000000000000000ffffffff2c"
        "029f0000065376322f2f2f20",
    .extranonce = "5374726174756d2056322053524920506f6f6c00000000000000000000000001",
    .suffix =
        "feffffff0200f2052a01000000160014ebe1b7dcc293ccaa0ee743a86f89df8258c208fc000000000000"
        "0000266a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf99e"
        "000000",
    .prev_hash = "9a7cefe7dd7aa0ada4af57214ad6bf6b492200a2e3102c282149000000000000",
    .merkle_root = "f4affb67aa6f596ff5fda7637ee7aa99ae45fbf30577914c136bd79ba624e4d2",
    .nonce = 92092,
    .hash = "0000545efd44aa70bc49d037df93ba3e51ec5937f72a28f9d3c15d8f17c1194e"};

}  // namespace miner::testing
