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
    std::array<std::uint8_t, 128> padded{};
    std::copy(left.bytes.begin(), left.bytes.end(), padded.begin());
    std::copy(right.bytes.begin(), right.bytes.end(), padded.begin() + 32);
    padded[64] = 0x80;
    store_bit_length(512, padded.data() + 120);
    auto state = sha256_initial_state;
    best_sha256_kernel().compress(state.data(), padded.data(), 2);
    return sha256(digest_of_state(state).as_bytes());
}

void sha256d_headers(std::span<const std::array<std::byte, 80>> headers,
                     std::span<Uint256> hashes) {
    const auto& kernel = best_sha256_kernel();
    std::array<std::uint8_t, 128> first[2]{};
    std::array<std::uint8_t, 64> second[2]{};
    for (std::size_t lane = 0; lane < 2; ++lane) {
        first[lane][80] = 0x80;
        store_bit_length(640, first[lane].data() + 120);
        second[lane][32] = 0x80;
        store_bit_length(256, second[lane].data() + 56);
    }
    for (std::size_t i = 0; i < headers.size(); i += 2) {
        const std::size_t other = std::min(i + 1, headers.size() - 1);  // the last may stand twice
        std::memcpy(first[0].data(), headers[i].data(), 80);
        std::memcpy(first[1].data(), headers[other].data(), 80);
        auto a = sha256_initial_state;
        auto b = sha256_initial_state;
        kernel.compress_pair(a.data(), first[0].data(), b.data(), first[1].data(), 2);
        store_state(a, second[0].data());
        store_state(b, second[1].data());
        a = sha256_initial_state;
        b = sha256_initial_state;
        kernel.compress_pair(a.data(), second[0].data(), b.data(), second[1].data(), 1);
        hashes[i] = digest_of_state(a);
        hashes[other] = digest_of_state(b);
    }
}

}  // namespace bitcoin
