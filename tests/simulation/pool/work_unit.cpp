#include "simulation/pool/work_unit.h"

#include <limits>

#include "auditor/difficulty.h"
#include "bitcoin/arith256.h"
#include "bitcoin/difficulty.h"

namespace {

using bitcoin::Arith256;

// A target here is worth what a target of 2^32 times fewer hashes is worth otherwise.
constexpr std::size_t cheaper_by_bits = 32;

/// D1 * 2^32, see bitcoin/difficulty.h.
Arith256 unit() {
    return Arith256{0xffff} << 240;
}

}  // namespace

namespace simulation {

void use_cheap_work() {}

}  // namespace simulation

namespace bitcoin {

Difficulty difficulty_of(const Target& target) {
    const auto hard = Arith256{target.value} >> cheaper_by_bits;
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    if (hard.is_zero()) return Difficulty{most};
    const auto ratio = unit() / hard;
    return Difficulty{ratio.bit_width() > 64 ? most : ratio.limbs[0]};
}

double approximate_difficulty(const Target& target) {
    return expected_hashes(target);
}

Target target_of(Difficulty difficulty) {
    if (difficulty.q32 == 0) return target_max();
    const auto hard = unit() / Arith256{difficulty.q32};
    if (hard.bit_width() > 256 - cheaper_by_bits) return target_max();
    return Target{(hard << cheaper_by_bits).to_uint256()};
}

}  // namespace bitcoin

namespace auditor {

std::uint64_t difficulty_q32(const bitcoin::Target& target) {
    return bitcoin::difficulty_of(target).q32;
}

}  // namespace auditor
