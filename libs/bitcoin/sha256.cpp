#include "bitcoin/sha256.h"

#include <algorithm>

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

}  // namespace bitcoin
