#include "payout/split.h"

#include <algorithm>
#include <numeric>

#include "bitcoin/arith256.h"

namespace payout {
namespace {

using bitcoin::Arith256;
using bitcoin::DifficultySum;

__extension__ using Wide = unsigned __int128;

Arith256 wide(const DifficultySum& score) {
    Arith256 value{score.low};
    value.limbs[1] = score.high;
    return value;
}

/// 128 by 64 bits: 192.
Arith256 product(const DifficultySum& score, std::uint64_t factor) {
    const Wide low = Wide{score.low} * factor;
    const Wide high = Wide{score.high} * factor + static_cast<std::uint64_t>(low >> 64);
    Arith256 value{static_cast<std::uint64_t>(low)};
    value.limbs[1] = static_cast<std::uint64_t>(high);
    value.limbs[2] = static_cast<std::uint64_t>(high >> 64);
    return value;
}

DifficultySum saturated(const Arith256& value) {
    if (value.bit_width() > 128) return {~std::uint64_t{0}, ~std::uint64_t{0}};
    return {value.limbs[0], value.limbs[1]};
}

}  // namespace

std::vector<std::uint64_t> split(std::uint64_t total, const std::vector<DifficultySum>& scores) {
    DifficultySum sum;
    for (const auto& score : scores) sum += score;
    std::vector<std::uint64_t> amounts(scores.size());
    if (sum == DifficultySum{}) return amounts;
    std::vector<Arith256> remainders(scores.size());
    std::uint64_t left = total;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const auto numerator = product(scores[i], total);
        const auto quotient = numerator / wide(sum);
        // No score is above the sum, so this is at most the total.
        amounts[i] = quotient.limbs[0];
        remainders[i] = numerator - product(sum, amounts[i]);
        left -= amounts[i];
    }
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](auto a, auto b) { return remainders[a] > remainders[b]; });
    // The remainders add up to so many sums, and each is below one: there are more of them.
    for (std::size_t i = 0; i < left; ++i) ++amounts[order[i]];
    return amounts;
}

std::optional<std::uint64_t> share_of(std::uint64_t amount, const DifficultySum& score,
                                      const DifficultySum& of) {
    if (of == DifficultySum{}) return std::nullopt;
    const auto quotient = product(score, amount) / wide(of);
    if (quotient.bit_width() > 64) return std::nullopt;
    return quotient.limbs[0];
}

DifficultySum network_difficulty(const bitcoin::Target& network_target) {
    const Arith256 target{network_target.value};
    if (target.is_zero()) return {~std::uint64_t{0}, ~std::uint64_t{0}};
    const auto units = (Arith256{0xffff} << 240) / target;
    return units.is_zero() ? DifficultySum{.low = 1, .high = 0} : saturated(units);
}

DifficultySum times(const DifficultySum& score, std::uint64_t factor) {
    return saturated(product(score, factor));
}

DifficultySum minus(const DifficultySum& a, const DifficultySum& b) {
    return {a.low - b.low, a.high - b.high - (a.low < b.low ? 1 : 0)};
}

std::uint64_t basis_points_of(std::uint64_t amount, std::uint32_t basis_points) {
    constexpr std::uint64_t whole = 10'000;
    return static_cast<std::uint64_t>(Wide{amount} * basis_points / whole);
}

}  // namespace payout
