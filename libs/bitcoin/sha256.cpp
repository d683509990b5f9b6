#include "bitcoin/sha256.h"

#include <algorithm>
#include <cstring>

#include "bitcoin/sha256_kernels.h"
#include "bitcoin/sha256_words.h"

namespace bitcoin {
namespace {

const std::uint8_t* octets(base::ByteView bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

/// Two merkle nodes and the padding after 64 bytes.
std::array<std::uint8_t, 128> pair_block(const Uint256& left, const Uint256& right) {
    std::array<std::uint8_t, 128> block{};
    std::copy(left.bytes.begin(), left.bytes.end(), block.begin());
    std::copy(right.bytes.begin(), right.bytes.end(), block.begin() + 32);
    block[64] = 0x80;
    store_bit_length(512, block.data() + 120);
    return block;
}

}  // namespace

Sha256& Sha256::update(base::ByteView bytes) {
    const auto& kernel = best_sha256_kernel();
    const std::size_t held = size_ % 64;
    size_ += bytes.size();
    if (held != 0) {
        const std::size_t taken = std::min(bytes.size(), 64 - held);
        std::copy_n(octets(bytes), taken, buffer_.begin() + static_cast<std::ptrdiff_t>(held));
        bytes = bytes.subspan(taken);
        if (held + taken < 64) return *this;
        kernel.compress(state_.data(), buffer_.data(), 1);
    }
    if (const std::size_t blocks = bytes.size() / 64; blocks != 0) {
        kernel.compress(state_.data(), octets(bytes), blocks);
        bytes = bytes.subspan(blocks * 64);
    }
    std::copy_n(octets(bytes), bytes.size(), buffer_.begin());
    return *this;
}

Uint256 Sha256::digest() const {
    auto state = state_;
    const std::size_t held = size_ % 64;
    std::array<std::uint8_t, 128> last{};
    std::copy_n(buffer_.begin(), held, last.begin());
    last[held] = 0x80;
    const std::size_t blocks = held + 9 <= 64 ? 1 : 2;
    store_bit_length(size_ * 8, last.data() + blocks * 64 - 8);
    best_sha256_kernel().compress(state.data(), last.data(), blocks);
    return digest_of_state(state);
}

Uint256 Sha256::double_digest() const {
    return sha256(digest().as_bytes());
}

Uint256 sha256(base::ByteView bytes) {
    return Sha256{}.update(bytes).digest();
}

Uint256 sha256d(base::ByteView bytes) {
    return Sha256{}.update(bytes).double_digest();
}

Uint256 sha256d_pair(const Uint256& left, const Uint256& right) {
    const auto block = pair_block(left, right);
    auto state = sha256_initial_state;
    best_sha256_kernel().compress(state.data(), block.data(), 2);
    return sha256(digest_of_state(state).as_bytes());
}

void sha256d_headers(std::span<const std::array<std::byte, 80>> headers,
                     std::span<Uint256> hashes) {
    constexpr std::size_t at_once = 16;
    std::array<std::array<std::uint8_t, 128>, at_once> blocks{};
    std::array<const std::uint32_t*, at_once> states{};
    std::array<const std::uint8_t*, at_once> from{};
    std::array<std::uint8_t*, at_once> to{};
    for (std::size_t i = 0; i < at_once; ++i) {
        blocks[i][80] = 0x80;
        store_bit_length(640, blocks[i].data() + 120);
        states[i] = sha256_initial_state.data();
        from[i] = blocks[i].data();
    }
    for (std::size_t done = 0; done < headers.size(); done += at_once) {
        const std::size_t count = std::min(at_once, headers.size() - done);
        for (std::size_t i = 0; i < count; ++i) {
            std::memcpy(blocks[i].data(), headers[done + i].data(), 80);
            to[i] = hashes[done + i].bytes.data();
        }
        best_sha256_kernel().finish_double(states.data(), from.data(), 2, to.data(), count);
    }
}

}  // namespace bitcoin
