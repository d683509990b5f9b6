#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// Keystream of ChaCha20 (RFC 8439, 2.3), several blocks at a time, side by side in the registers.
/// Private to the transport.
namespace noise {

/// 64 bytes in the order of the stream.
using ChaChaBlock = std::array<std::uint64_t, 8>;
template <std::size_t count>
using ChaChaBlocks = std::array<ChaChaBlock, count>;

/// `key` has 32 bytes; a nonce is the number that Noise counts, its first four bytes are zero
/// (Noise 12.3).
struct BlockMaker {
    std::string_view name;
    /// The blocks 0 and 1 of `nonce`, and those of `nonce` + 1.
    void (*begin)(const std::byte* key, std::uint64_t nonce, ChaChaBlocks<4>& to);
    /// Eight blocks of `nonce`, from block `from` on.
    void (*continue_with)(const std::byte* key, std::uint64_t nonce, std::uint32_t from,
                          ChaChaBlocks<8>& to);
};

/// Those that this processor can run, the fastest first.
std::vector<BlockMaker> block_makers();
const BlockMaker& best_block_maker();

}  // namespace noise
