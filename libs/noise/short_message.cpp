#include "noise/short_message.h"

#include <sodium.h>

#include <bit>
#include <cstring>

#include "base/ensure.h"

namespace noise {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t mac_size = 16;

// A lane for each of four blocks.
using Lanes = std::uint32_t __attribute__((vector_size(16)));
__extension__ using Wide = unsigned __int128;

[[gnu::always_inline]] inline Lanes rotated(Lanes x, int by) {
    return (x << by) | (x >> (32 - by));
}

[[gnu::always_inline]] inline void quarter_round(Lanes& a, Lanes& b, Lanes& c, Lanes& d) {
    a += b;
    d = rotated(d ^ a, 16);
    c += d;
    b = rotated(b ^ c, 12);
    a += b;
    d = rotated(d ^ a, 8);
    c += d;
    b = rotated(b ^ c, 7);
}

[[gnu::always_inline]] inline void four_blocks(const std::byte* key, std::uint64_t nonce,
                                               std::array<MessageStream, 2>& to) {
    std::uint32_t words[8];
    std::memcpy(words, key, sizeof words);
    const auto low = [](std::uint64_t n) { return static_cast<std::uint32_t>(n); };
    const auto high = [](std::uint64_t n) { return static_cast<std::uint32_t>(n >> 32); };
    const auto all = [](std::uint32_t word) { return Lanes{word, word, word, word}; };
    const Lanes begun[16] = {all(0x61707865),
                             all(0x3320646e),
                             all(0x79622d32),
                             all(0x6b206574),
                             all(words[0]),
                             all(words[1]),
                             all(words[2]),
                             all(words[3]),
                             all(words[4]),
                             all(words[5]),
                             all(words[6]),
                             all(words[7]),
                             Lanes{0, 1, 0, 1},
                             all(0),
                             Lanes{low(nonce), low(nonce), low(nonce + 1), low(nonce + 1)},
                             Lanes{high(nonce), high(nonce), high(nonce + 1), high(nonce + 1)}};
    Lanes x[16];
    for (std::size_t i = 0; i < 16; ++i) x[i] = begun[i];
    for (int i = 0; i < 10; ++i) {
        quarter_round(x[0], x[4], x[8], x[12]);
        quarter_round(x[1], x[5], x[9], x[13]);
        quarter_round(x[2], x[6], x[10], x[14]);
        quarter_round(x[3], x[7], x[11], x[15]);
        quarter_round(x[0], x[5], x[10], x[15]);
        quarter_round(x[1], x[6], x[11], x[12]);
        quarter_round(x[2], x[7], x[8], x[13]);
        quarter_round(x[3], x[4], x[9], x[14]);
    }
    for (std::size_t i = 0; i < 16; ++i) {
        const Lanes sum = x[i] + begun[i];
        to[0].mac_key[i] = sum[0];
        to[0].bytes[i] = sum[1];
        to[1].mac_key[i] = sum[2];
        to[1].bytes[i] = sum[3];
    }
    sodium_memzero(words, sizeof words);
}

#if defined(__x86_64__)
// Rotates in one instruction, and all of the state fits the registers.
__attribute__((target("avx512f,avx512vl"))) void four_blocks_avx512(
    const std::byte* key, std::uint64_t nonce, std::array<MessageStream, 2>& to) {
    four_blocks(key, nonce, to);
}
#endif
void four_blocks_anywhere(const std::byte* key, std::uint64_t nonce,
                          std::array<MessageStream, 2>& to) {
    four_blocks(key, nonce, to);
}

auto* best_four_blocks() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512vl") != 0) return &four_blocks_avx512;
#endif
    return &four_blocks_anywhere;
}

std::uint64_t load(const void* from) {
    std::uint64_t value = 0;
    std::memcpy(&value, from, sizeof value);
    return value;
}

/// Poly1305 in limbs of 44, 44 and 42 bits.
class Poly1305 {
  public:
    explicit Poly1305(const std::array<std::uint32_t, 16>& key) {
        const auto* words = key.data();
        const auto t0 = load(words);
        const auto t1 = load(words + 2);
        r_[0] = t0 & 0xffc0fffffff;
        r_[1] = (t0 >> 44 | t1 << 20) & 0xfffffc0ffff;
        r_[2] = t1 >> 24 & 0x00ffffffc0f;
        pad_[0] = load(words + 4);
        pad_[1] = load(words + 6);
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

/// A message, and zeros up to the end.
struct Padded {
    std::array<std::uint64_t, short_message_max / 8> words{};
    std::size_t size{};

    explicit Padded(base::ByteView bytes) : size(bytes.size()) {
        if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), size);
    }
    /// Adds the keystream, and keeps the zeros.
    void add(const std::array<std::uint32_t, 16>& stream) {
        std::array<std::uint64_t, short_message_max / 8> key{};
        std::memcpy(key.data(), stream.data(), size);
        for (std::size_t i = 0; i < words.size(); ++i) words[i] ^= key[i];
    }
};

std::array<std::uint64_t, 2> mac_of(const MessageStream& stream, const Padded& cipher) {
    Poly1305 mac{stream.mac_key};
    for (std::size_t at = 0; at < cipher.size; at += mac_size)
        mac.add(cipher.words[at / 8], cipher.words[at / 8 + 1]);
    mac.add(0, cipher.size);
    return mac.finish();
}

}  // namespace

StreamPair::StreamPair(const std::byte* key, std::uint64_t nonce) {
    static auto* const make = best_four_blocks();
    make(key, nonce, streams_);
    streams_[0].nonce = nonce;
    streams_[1].nonce = nonce + 1;
}

StreamPair::~StreamPair() {
    sodium_memzero(streams_.data(), sizeof streams_);
}

void seal_short(const MessageStream& stream, base::ByteView plain, std::byte* sealed) {
    base::ensure(plain.size() <= short_message_max, "a short message");
    Padded message{plain};
    message.add(stream.bytes);
    const auto mac = mac_of(stream, message);
    std::memcpy(sealed, message.words.data(), message.size);
    std::memcpy(sealed + message.size, mac.data(), mac_size);
}

bool open_short(const MessageStream& stream, base::ByteView sealed, std::byte* opened) {
    base::ensure(sealed.size() >= mac_size && sealed.size() <= short_message_max + mac_size,
                 "a short message");
    Padded message{sealed.first(sealed.size() - mac_size)};
    const auto mac = mac_of(stream, message);
    if (sodium_memcmp(mac.data(), sealed.data() + message.size, mac_size) != 0) return false;
    message.add(stream.bytes);
    std::memcpy(opened, message.words.data(), message.size);
    return true;
}

}  // namespace noise
