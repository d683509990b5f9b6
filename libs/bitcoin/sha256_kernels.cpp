#include "bitcoin/sha256_kernels.h"

// The low-level calls cost 100 ns less a share than EVP; deprecated, but kept through 3.x.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <vector>

#ifdef ADIT_SHA256_SHANI
#include <cpuid.h>

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

constexpr Sha256Kernel portable{"portable", portable_compress, portable_compress_pair};

#ifdef ADIT_SHA256_SHANI
constexpr Sha256Kernel shani{"sha-ni", shani_compress, shani_compress_pair};

bool cpu_has_shani() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0) return false;
    if ((c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0 || (c & bit_SSE4_2) == 0) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}
#endif

std::vector<Sha256Kernel> usable_kernels() {
    std::vector<Sha256Kernel> kernels{portable};
#ifdef ADIT_SHA256_SHANI
    if (cpu_has_shani()) kernels.push_back(shani);
#endif
    return kernels;
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
    static const Sha256Kernel& best = sha256_kernels().back();
    return best;
}

}  // namespace bitcoin
