#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

// How fast this machine is just now: prints the CPU nanoseconds of one SHA-256 compression, in
// plain scalar code that nothing of the pool shares, so that making the pool faster does not move
// it.
namespace {

using State = std::array<std::uint32_t, 8>;
using Block = std::array<std::uint32_t, 16>;

constexpr std::array<std::uint32_t, 64> constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
constexpr State initial{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
// Some two tenths of a second.
constexpr int compressions = 500'000;

void compress(State& state, Block words) {
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t i = 0; i < constants.size(); ++i) {
        const auto word = words[i % 16];
        const auto first = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                           ((e & f) ^ (~e & g)) + constants[i] + word;
        const auto second =
            (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + first, d = c, c = b, b = a, a = first + second;
        const auto near = words[(i + 1) % 16];
        const auto far = words[(i + 14) % 16];
        words[i % 16] = word + (std::rotr(near, 7) ^ std::rotr(near, 18) ^ (near >> 3)) +
                        words[(i + 9) % 16] +
                        (std::rotr(far, 17) ^ std::rotr(far, 19) ^ (far >> 10));
    }
    const State sum{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < state.size(); ++i) state[i] += sum[i];
}

/// SHA-256 of "abc", so that nobody times a loop that hashes nothing.
bool is_right() {
    State state = initial;
    compress(state, {0x61626380, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24});
    return state[0] == 0xba7816bf && state[7] == 0xf20015ad;
}

double cpu_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

}  // namespace

int main() {
    if (!is_right()) {
        std::fputs("hashing_yardstick: the hash is wrong\n", stderr);
        return EXIT_FAILURE;
    }
    Block block{};
    std::uint32_t sum = 0;
    const auto began = cpu_ns();
    for (int i = 0; i < compressions; ++i) {
        auto state = initial;
        block[0] = static_cast<std::uint32_t>(i);
        compress(state, block);
        sum ^= state[0];
    }
    const auto took = cpu_ns() - began;
    std::printf("%.2f\n", took / compressions);
    // Said, so that the compiler keeps the loop.
    std::fprintf(stderr, "%08x\n", sum);
    return EXIT_SUCCESS;
}
