#include "bitcoin/difficulty.h"

#include "bitcoin/arith256.h"

namespace bitcoin {
namespace {

/// D1 * 2^32, which just fits.
Arith256 unit() {
    return Arith256{0xffff} << 240;
}

}  // namespace

Difficulty difficulty_of(const Target& target) {
    const Arith256 t{target.value};
    if (t.is_zero()) return Difficulty{~std::uint64_t{0}};
    const Arith256 ratio = unit() / t;
    return Difficulty{ratio.bit_width() > 64 ? ~std::uint64_t{0} : ratio.limbs[0]};
}

double approximate_difficulty(const Target& target) {
    constexpr double hashes_of_d1 = 281'474'976'710'656.0 / 65'535.0;  // 2^256 / D1
    return expected_hashes(target) / hashes_of_d1;
}

Target target_of(Difficulty difficulty) {
    if (difficulty.q32 == 0) return target_max();
    return Target{(unit() / Arith256{difficulty.q32}).to_uint256()};
}

}  // namespace bitcoin
