#include "noise/short_message.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "base/ensure.h"

namespace noise {
namespace {

__extension__ using Wide = unsigned __int128;

// In one instruction: of base::load_le the compiler makes eight here, and a job takes half as long
// again.
std::uint64_t load(const void* from) {
    std::uint64_t value = 0;
    std::memcpy(&value, from, sizeof value);
    return value;
}

/// Poly1305 in limbs of 44, 44 and 42 bits.
class Poly1305 {
  public:
    explicit Poly1305(const ChaChaBlock& key) {
        const auto t0 = key[0];
        const auto t1 = key[1];
        r_[0] = t0 & 0xffc0fffffff;
        r_[1] = (t0 >> 44 | t1 << 20) & 0xfffffc0ffff;
        r_[2] = t1 >> 24 & 0x00ffffffc0f;
        pad_[0] = key[2];
        pad_[1] = key[3];
    }

    void add(std::uint64_t t0, std::uint64_t t1) {
        const auto s1 = r_[1] * 20;
        const auto s2 = r_[2] * 20;
        h_[0] += t0 & mask44;
        h_[1] += (t0 >> 44 | t1 << 20) & mask44;
        h_[2] += (t1 >> 24 & mask42) | std::uint64_t{1} << 40;
        const auto d0 = Wide{h_[0]} * r_[0] + Wide{h_[1]} * s2 + Wide{h_[2]} * s1;
        auto d1 = Wide{h_[0]} * r_[1] + Wide{h_[1]} * r_[0] + Wide{h_[2]} * s2;
        auto d2 = Wide{h_[0]} * r_[2] + Wide{h_[1]} * r_[1] + Wide{h_[2]} * r_[0];
        h_[0] = static_cast<std::uint64_t>(d0) & mask44;
        d1 += static_cast<std::uint64_t>(d0 >> 44);
        h_[1] = static_cast<std::uint64_t>(d1) & mask44;
        d2 += static_cast<std::uint64_t>(d1 >> 44);
        h_[2] = static_cast<std::uint64_t>(d2) & mask42;
        h_[0] += static_cast<std::uint64_t>(d2 >> 42) * 5;
        h_[1] += h_[0] >> 44;
        h_[0] &= mask44;
    }

    std::array<std::uint64_t, 2> finish() {
        carry();
        carry();
        // The sum, or the sum less 2^130 - 5 where that is not negative.
        std::uint64_t g[3];
        g[0] = h_[0] + 5;
        g[1] = h_[1] + (g[0] >> 44);
        g[0] &= mask44;
        g[2] = h_[2] + (g[1] >> 44) - (std::uint64_t{1} << 42);
        g[1] &= mask44;
        const auto is_large = (g[2] >> 63) - 1;
        for (std::size_t i = 0; i < 3; ++i) h_[i] = (h_[i] & ~is_large) | (g[i] & is_large);

        h_[0] += pad_[0] & mask44;
        h_[1] += ((pad_[0] >> 44 | pad_[1] << 20) & mask44) + (h_[0] >> 44);
        h_[0] &= mask44;
        h_[2] += (pad_[1] >> 24 & mask42) + (h_[1] >> 44);
        h_[1] &= mask44;
        h_[2] &= mask42;
        return {h_[0] | h_[1] << 44, h_[1] >> 20 | h_[2] << 24};
    }

  private:
    static constexpr std::uint64_t mask44 = 0xfffffffffff;
    static constexpr std::uint64_t mask42 = 0x3ffffffffff;

    void carry() {
        h_[2] += h_[1] >> 44;
        h_[1] &= mask44;
        h_[0] += (h_[2] >> 42) * 5;
        h_[2] &= mask42;
        h_[1] += h_[0] >> 44;
        h_[0] &= mask44;
    }

    std::uint64_t r_[3]{};
    std::uint64_t h_[3]{};
    std::uint64_t pad_[2]{};
};

using Mac = std::array<std::uint64_t, 2>;

Mac mac_of(const MessageStream& stream, base::ByteView cipher) {
    Poly1305 mac{stream.blocks[0]};
    auto rest = cipher;
    for (; rest.size() >= mac_size; rest = rest.subspan(mac_size))
        mac.add(load(rest.data()), load(rest.data() + 8));
    if (!rest.empty()) {
        Mac padded{};
        std::memcpy(padded.data(), rest.data(), rest.size());
        mac.add(padded[0], padded[1]);
    }
    mac.add(0, cipher.size());
    return mac.finish();
}

/// `to` may be `from`.
void add_stream(base::ByteView from, const std::byte* stream, std::byte* to) {
    const auto add = [&](std::size_t at, std::size_t size) {
        std::array<std::uint64_t, 2> words{};
        std::memcpy(words.data(), from.data() + at, size);
        words[0] ^= load(stream + at);
        words[1] ^= load(stream + at + 8);
        std::memcpy(to + at, words.data(), size);
    };
    std::size_t at = 0;
    for (; at + sizeof(Mac) <= from.size(); at += sizeof(Mac)) add(at, sizeof(Mac));
    if (at < from.size()) add(at, from.size() - at);
}

void add_stream(const MessageStream& stream, base::ByteView from, std::byte* to) {
    constexpr std::size_t block_size = sizeof(ChaChaBlock);
    const auto head = from.first(std::min(from.size(), block_size));
    add_stream(head, reinterpret_cast<const std::byte*>(stream.blocks + 1), to);
    if (from.size() <= block_size) return;

    ChaChaBlocks<8> blocks;
    std::uint32_t next = 2;
    for (auto at = block_size; at < from.size(); at += sizeof blocks) {
        best_block_maker().continue_with(stream.key, stream.nonce, next, blocks);
        next += blocks.size();
        const auto part = from.subspan(at, std::min(from.size() - at, sizeof blocks));
        add_stream(part, reinterpret_cast<const std::byte*>(blocks.data()), to + at);
    }
    sodium_memzero(blocks.data(), sizeof blocks);
}

}  // namespace

StreamPair::StreamPair(const std::byte* key, std::uint64_t nonce) : key_(key), nonce_(nonce) {
    best_block_maker().begin(key, nonce, blocks_);
}

StreamPair::~StreamPair() {
    sodium_memzero(blocks_.data(), sizeof blocks_);
}

void seal_short(const MessageStream& stream, base::ByteView plain, std::byte* sealed) {
    base::ensure(plain.size() <= short_message_max, "a short message");
    add_stream(stream, plain, sealed);
    const auto mac = mac_of(stream, {sealed, plain.size()});
    std::memcpy(sealed + plain.size(), mac.data(), mac_size);
}

bool open_short(const MessageStream& stream, base::ByteView sealed, std::byte* opened) {
    base::ensure(sealed.size() >= mac_size && sealed.size() <= short_message_max + mac_size,
                 "a short message");
    const auto cipher = sealed.first(sealed.size() - mac_size);
    const auto mac = mac_of(stream, cipher);
    if (sodium_memcmp(mac.data(), cipher.data() + cipher.size(), mac_size) != 0) return false;
    add_stream(stream, cipher, opened);
    return true;
}

}  // namespace noise
