#include "bitcoin/nonce_scan.h"

#include <algorithm>

#include "bitcoin/sha256_words.h"

namespace bitcoin {
namespace {

/// One nonce on its way through the last block of the header and the hash of its digest.
struct Attempt {
    std::array<std::uint8_t, 64> last_block{};
    std::array<std::uint8_t, 64> digest_block{};
    Sha256State state{};

    explicit Attempt(const HeaderMidstate& midstate) {
        std::copy(midstate.tail.begin(), midstate.tail.end(), last_block.begin());
        last_block[16] = 0x80;
        store_bit_length(640, last_block.data() + 56);
        digest_block[32] = 0x80;
        store_bit_length(256, digest_block.data() + 56);
    }

    void set_nonce(std::uint32_t nonce) {
        for (std::size_t i = 0; i < 4; ++i)
            last_block[12 + i] = static_cast<std::uint8_t>(nonce >> (8 * i));
    }

    /// The most significant 32 bits of the hash as a number: its last four bytes, backwards.
    std::uint32_t top_word() const {
        const std::uint32_t word = state[7];
        return (word >> 24) | ((word >> 8) & 0xff00U) | ((word << 8) & 0xff0000U) | (word << 24);
    }
};

}  // namespace

HeaderMidstate header_midstate(const Header& header) {
    const HeaderBytes bytes = encode_header(header);
    const auto* octets = reinterpret_cast<const std::uint8_t*>(bytes.data());
    HeaderMidstate midstate{.state = sha256_initial_state};
    best_sha256_kernel().compress(midstate.state.data(), octets, 1);
    std::copy_n(octets + 64, 12, midstate.tail.begin());
    return midstate;
}

std::optional<FoundNonce> scan_nonces(const HeaderMidstate& midstate, std::uint32_t first_nonce,
                                      std::uint64_t count, const Target& target,
                                      const Sha256Kernel& kernel) {
    const auto top_word_max = base::load_le<std::uint32_t>(target.value.as_bytes().data() + 28);
    Attempt pair[2]{Attempt{midstate}, Attempt{midstate}};
    for (std::uint64_t done = 0; done < count; done += 2) {
        const std::uint32_t nonce = first_nonce + static_cast<std::uint32_t>(done);
        for (std::uint32_t lane = 0; lane < 2; ++lane) {
            pair[lane].set_nonce(nonce + lane);
            pair[lane].state = midstate.state;
        }
        kernel.compress_pair(pair[0].state.data(), pair[0].last_block.data(), pair[1].state.data(),
                             pair[1].last_block.data(), 1);
        for (auto& attempt : pair) {
            store_state(attempt.state, attempt.digest_block.data());
            attempt.state = sha256_initial_state;
        }
        kernel.compress_pair(pair[0].state.data(), pair[0].digest_block.data(),
                             pair[1].state.data(), pair[1].digest_block.data(), 1);
        for (std::uint32_t lane = 0; lane < 2 && done + lane < count; ++lane) {
            if (pair[lane].top_word() > top_word_max) continue;
            const BlockHash hash{digest_of_state(pair[lane].state)};
            if (target.is_met_by(hash)) return FoundNonce{.nonce = nonce + lane, .hash = hash};
        }
    }
    return std::nullopt;
}

}  // namespace bitcoin
