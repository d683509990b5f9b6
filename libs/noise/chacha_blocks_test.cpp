#include "noise/chacha_blocks.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <cstring>
#include <iterator>

#include "base/random.h"
#include "noise/c_bytes.h"

namespace noise {
namespace {

/// As libsodium makes it.
ChaChaBlock block_of_library(const base::Bytes& key, std::uint64_t nonce, std::uint32_t number) {
    std::array<std::byte, 12> nonce_bytes{};
    base::store_le(nonce, nonce_bytes.data() + 4);
    const base::Bytes zeros(sizeof(ChaChaBlock));
    base::Bytes stream(sizeof(ChaChaBlock));
    crypto_stream_chacha20_ietf_xor_ic(c_bytes(stream.data()), c_bytes(zeros.data()), zeros.size(),
                                       c_bytes(nonce_bytes.data()), number, c_bytes(key.data()));
    ChaChaBlock block{};
    std::memcpy(block.data(), stream.data(), stream.size());
    return block;
}

TEST(ChaChaBlocks, AreTheLibrarysWhateverTheProcessorHas) {
    base::SeededRandom random{1};
    const std::uint64_t nonces[] = {0, 1, 0xffffffff, 0xffffffff00000000, ~std::uint64_t{1}};
    for (const auto& maker : block_makers()) {
        SCOPED_TRACE(maker.name);
        for (std::size_t round = 0; round < 200; ++round) {
            base::Bytes key(32);
            random.fill(key);
            const auto nonce =
                round % 2 == 0 ? nonces[round / 2 % std::size(nonces)] : random.next_u64();
            ChaChaBlocks<4> begun;
            maker.begin(key.data(), nonce, begun);
            for (std::uint32_t i = 0; i < begun.size(); ++i)
                ASSERT_EQ(begun[i], block_of_library(key, nonce + i / 2, i % 2)) << i;
            ChaChaBlocks<8> more;
            const auto from = static_cast<std::uint32_t>(2 + round);
            maker.continue_with(key.data(), nonce, from, more);
            for (std::uint32_t i = 0; i < more.size(); ++i)
                ASSERT_EQ(more[i], block_of_library(key, nonce, from + i)) << i;
        }
    }
}

}  // namespace
}  // namespace noise
