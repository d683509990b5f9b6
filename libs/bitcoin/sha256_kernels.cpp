#include "bitcoin/sha256_kernels.h"

// The low-level calls cost 100 ns less a share than EVP; deprecated, but kept through 3.x.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "bitcoin/sha256_pairs.h"

#ifdef ADIT_SHA256_X86
#include <cpuid.h>

#include "bitcoin/sha256_avx512.h"
#include "bitcoin/sha256_shani.h"
#endif

namespace bitcoin {
namespace {

void portable_compress(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
    SHA256_CTX context{};
    std::copy_n(state, 8, context.h);
    for (std::size_t i = 0; i < count; ++i) SHA256_Transform(&context, blocks + 64 * i);
    std::copy_n(context.h, 8, state);
}

void portable_compress_pair(std::uint32_t* state_a, const std::uint8_t* blocks_a,
                            std::uint32_t* state_b, const std::uint8_t* blocks_b,
                            std::size_t count) {
    portable_compress(state_a, blocks_a, count);
    portable_compress(state_b, blocks_b, count);
}

constexpr Sha256Kernel portable{"portable", portable_compress, portable_compress_pair,
                                pairs::finish_double<portable_compress, portable_compress_pair>,
                                pairs::fold<portable_compress, portable_compress_pair>};

#ifdef ADIT_SHA256_X86
constexpr Sha256Kernel shani{"sha-ni", shani_compress, shani_compress_pair,
                             pairs::finish_double<shani_compress, shani_compress_pair>,
                             pairs::fold<shani_compress, shani_compress_pair>};

// Sixteen lanes cost the same however many are used: about what seven messages cost on the SHA
// instructions (733 of 99 ns for headers, 6.8 of 1.17 us for twelve merkle levels).
constexpr std::size_t lanes_worth_it = 7;

/// `group(begin, lanes)` for each sixteen messages, and once for a last group of many; returns how
/// many messages were in these groups.
template <class Group>
std::size_t in_groups(std::size_t messages, Group group) {
    std::size_t done = 0;
    while (messages - done >= lanes_worth_it) {
        const auto lanes = std::min(avx512_lanes, messages - done);
        group(done, lanes);
        done += lanes;
    }
    return done;
}

/// The pointers of a group; lanes beyond it do its last message again.
template <class T>
std::array<T, avx512_lanes> lanes_of(T const* pointers, std::size_t lanes) {
    std::array<T, avx512_lanes> all{};
    for (std::size_t lane = 0; lane < avx512_lanes; ++lane)
        all[lane] = pointers[std::min(lane, lanes - 1)];
    return all;
}

void lanes_finish_double(const std::uint32_t* const* states, const std::uint8_t* const* blocks,
                         std::size_t count, std::uint8_t* const* hashes, std::size_t messages) {
    const auto done = in_groups(messages, [&](std::size_t begin, std::size_t lanes) {
        avx512_finish_double(lanes_of(states + begin, lanes).data(),
                             lanes_of(blocks + begin, lanes).data(), count,
                             lanes_of(hashes + begin, lanes).data());
    });
    shani.finish_double(states + done, blocks + done, count, hashes + done, messages - done);
}

void lanes_fold(std::uint8_t* const* nodes, const std::uint8_t* const* paths, std::size_t levels,
                std::size_t messages) {
    const auto done = in_groups(messages, [&](std::size_t begin, std::size_t lanes) {
        avx512_fold(lanes_of(nodes + begin, lanes).data(), lanes_of(paths + begin, lanes).data(),
                    levels);
    });
    shani.fold(nodes + done, paths + done, levels, messages - done);
}

constexpr Sha256Kernel avx512{"avx-512", shani_compress, shani_compress_pair, lanes_finish_double,
                              lanes_fold};

bool cpu_has_shani() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0) return false;
    if ((c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0 || (c & bit_SSE4_2) == 0) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

/// Also whether the operating system keeps the registers, which the compiler's question asks.
bool cpu_has_avx512() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl");
}
#endif

std::vector<Sha256Kernel> usable_kernels() {
    std::vector<Sha256Kernel> kernels{portable};
#ifdef ADIT_SHA256_X86
    if (cpu_has_shani()) kernels.push_back(shani);
    // Every CPU with these has the SHA instructions but for Intel's first generations.
    if (cpu_has_shani() && cpu_has_avx512()) kernels.push_back(avx512);
#endif
    return kernels;
}

const Sha256Kernel& chosen_kernel() {
    const auto kernels = sha256_kernels();
    const char* wanted = std::getenv("ADIT_SHA256");
    if (wanted == nullptr) return kernels.back();
    std::string known;
    for (const auto& kernel : kernels) {
        if (kernel.name == wanted) return kernel;
        known.append(known.empty() ? "" : ", ").append(kernel.name);
    }
    throw std::runtime_error("the environment says ADIT_SHA256=" + std::string{wanted} +
                             "; this CPU has: " + known);
}

}  // namespace

const Sha256Kernel& portable_sha256_kernel() {
    return portable;
}

std::span<const Sha256Kernel> sha256_kernels() {
    static const std::vector<Sha256Kernel> kernels = usable_kernels();
    return kernels;
}

const Sha256Kernel& best_sha256_kernel() {
    static const Sha256Kernel& best = chosen_kernel();
    return best;
}

}  // namespace bitcoin
