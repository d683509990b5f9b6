#include "noise/field.h"

#include <algorithm>

namespace noise {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t limb_mask = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t top_mask = (std::uint64_t{1} << 48) - 1;
/// 2^256 = fold (mod p), and 2^260 = 16 fold: what overflows the top limb comes back at the bottom.
constexpr std::uint64_t fold = 0x1000003d1;
constexpr std::array<std::uint64_t, 5> prime{0xffffefffffc2f, limb_mask, limb_mask, limb_mask,
                                             top_mask};

constexpr std::uint64_t low(Wide value) {
    return static_cast<std::uint64_t>(value) & limb_mask;
}

/// What a column below 2^116 has above its 52 bits.
constexpr std::uint64_t high(Wide value) {
    return static_cast<std::uint64_t>(value >> 52);
}

/// Nine columns of a product, column i weighing 2^(52 i), each below 2^112, to five limbs. What a
/// column has above its 52 bits is added to the next one without waiting for what that one gets
/// itself: two such rounds in place of one long chain of carries, which the CPU would wait for.
[[gnu::always_inline]] inline std::array<std::uint64_t, 5> reduce(Wide c0, Wide c1, Wide c2,
                                                                  Wide c3, Wide c4, Wide c5,
                                                                  Wide c6, Wide c7, Wide c8) {
    constexpr Wide fold_260 = fold << 4;
    c0 += fold_260 * low(c5);
    c1 += fold_260 * (low(c6) + high(c5));
    c2 += fold_260 * (low(c7) + high(c6));
    c3 += fold_260 * (low(c8) + high(c7));
    c4 += fold_260 * high(c8);
    c0 += Wide{fold} * static_cast<std::uint64_t>(c4 >> 48);

    const std::uint64_t r1 = low(c1) + high(c0);
    const std::uint64_t r2 = low(c2) + high(c1);
    const std::uint64_t r3 = low(c3) + high(c2);
    const std::uint64_t r4 = (static_cast<std::uint64_t>(c4) & top_mask) + high(c3);
    return {low(c0) + (r4 >> 48) * fold, r1 & limb_mask, (r2 & limb_mask) + (r1 >> 52),
            (r3 & limb_mask) + (r2 >> 52), (r4 & top_mask) + (r3 >> 52)};
}

}  // namespace

FieldElement FieldElement::weakly_reduced(const Limbs& r) {
    return FieldElement{Limbs{(r[0] & limb_mask) + (r[4] >> 48) * fold,
                              (r[1] & limb_mask) + (r[0] >> 52), (r[2] & limb_mask) + (r[1] >> 52),
                              (r[3] & limb_mask) + (r[2] >> 52), (r[4] & top_mask) + (r[3] >> 52)}};
}

FieldElement FieldElement::from_bytes(std::span<const std::byte, 32> bytes) {
    std::array<std::uint64_t, 4> words{};
    for (std::size_t i = 0; i < 32; ++i)
        words[3 - i / 8] = words[3 - i / 8] << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    return FieldElement{Limbs{words[0] & limb_mask, (words[0] >> 52 | words[1] << 12) & limb_mask,
                              (words[1] >> 40 | words[2] << 24) & limb_mask,
                              (words[2] >> 28 | words[3] << 36) & limb_mask, words[3] >> 16}};
}

FieldElement::Limbs FieldElement::canonical() const {
    Limbs r = limbs_;
    // Twice, because the first fold may carry into bit 256 once more.
    for (int round = 0; round < 2; ++round) {
        r[0] += (r[4] >> 48) * fold;
        r[4] &= top_mask;
        for (std::size_t i = 0; i < 4; ++i) {
            r[i + 1] += r[i] >> 52;
            r[i] &= limb_mask;
        }
    }
    if (!std::lexicographical_compare(r.rbegin(), r.rend(), prime.rbegin(), prime.rend())) {
        // r - p = r + fold - 2^256, for r in [p, 2^256).
        r[0] += fold;
        for (std::size_t i = 0; i < 4; ++i) {
            r[i + 1] += r[i] >> 52;
            r[i] &= limb_mask;
        }
        r[4] &= top_mask;
    }
    return r;
}

std::array<std::byte, 32> FieldElement::to_bytes() const {
    const auto r = canonical();
    const std::array<std::uint64_t, 4> words{r[0] | r[1] << 52, r[1] >> 12 | r[2] << 40,
                                             r[2] >> 24 | r[3] << 28, r[3] >> 36 | r[4] << 16};
    std::array<std::byte, 32> bytes{};
    for (std::size_t i = 0; i < 32; ++i)
        bytes[i] = static_cast<std::byte>(words[3 - i / 8] >> (8 * (7 - i % 8)));
    return bytes;
}

bool FieldElement::is_zero() const {
    return canonical() == Limbs{};
}

FieldElement operator+(const FieldElement& a, const FieldElement& b) {
    FieldElement::Limbs r;
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = a.limbs_[i] + b.limbs_[i];
    return FieldElement::weakly_reduced(r);
}

FieldElement operator-(const FieldElement& a, const FieldElement& b) {
    // Four times p keeps every limb of the difference above zero.
    FieldElement::Limbs r;
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = a.limbs_[i] + 4 * prime[i] - b.limbs_[i];
    return FieldElement::weakly_reduced(r);
}

FieldElement operator*(const FieldElement& left, const FieldElement& right) {
    const auto& a = left.limbs_;
    const auto& b = right.limbs_;
    const auto at = [&](std::size_t i, std::size_t j) { return Wide{a[i]} * b[j]; };
    return FieldElement{reduce(at(0, 0), at(0, 1) + at(1, 0), at(0, 2) + at(1, 1) + at(2, 0),
                               at(0, 3) + at(1, 2) + at(2, 1) + at(3, 0),
                               at(0, 4) + at(1, 3) + at(2, 2) + at(3, 1) + at(4, 0),
                               at(1, 4) + at(2, 3) + at(3, 2) + at(4, 1),
                               at(2, 4) + at(3, 3) + at(4, 2), at(3, 4) + at(4, 3), at(4, 4))};
}

FieldElement FieldElement::square() const {
    const auto& a = limbs_;
    const auto at = [&](std::size_t i, std::size_t j) { return Wide{a[i]} * a[j]; };
    const auto twice = [&](std::size_t i, std::size_t j) { return Wide{2 * a[i]} * a[j]; };
    return FieldElement{reduce(at(0, 0), twice(0, 1), twice(0, 2) + at(1, 1),
                               twice(0, 3) + twice(1, 2), twice(0, 4) + twice(1, 3) + at(2, 2),
                               twice(1, 4) + twice(2, 3), twice(2, 4) + at(3, 3), twice(3, 4),
                               at(4, 4))};
}

namespace {

/// Appends `count` zeros to the exponent in binary, then adds the exponent of `factor`.
FieldElement shifted(FieldElement power, int count, const FieldElement& factor) {
    for (int i = 0; i < count; ++i) power = power.square();
    return power * factor;
}

}  // namespace

FieldElement FieldElement::root_power() const {
    // In binary (p - 3) / 4 is 223 ones, 0, 22 ones, 0000, 1, 0, 11. `ones_k` is a^(2^k - 1).
    const auto& ones_1 = *this;
    const auto ones_2 = shifted(ones_1, 1, ones_1);
    const auto ones_3 = shifted(ones_2, 1, ones_1);
    const auto ones_6 = shifted(ones_3, 3, ones_3);
    const auto ones_11 = shifted(shifted(ones_6, 3, ones_3), 2, ones_2);
    const auto ones_22 = shifted(ones_11, 11, ones_11);
    const auto ones_44 = shifted(ones_22, 22, ones_22);
    const auto ones_88 = shifted(ones_44, 44, ones_44);
    const auto ones_176 = shifted(ones_88, 88, ones_88);
    const auto ones_220 = shifted(ones_176, 44, ones_44);
    const auto ones_223 = shifted(ones_220, 3, ones_3);
    return shifted(shifted(shifted(ones_223, 23, ones_22), 5, ones_1), 3, ones_2);
}

FieldElement FieldElement::inverse() const {
    // a^(p-2), and p - 2 = 4 (p - 3) / 4 + 1.
    return shifted(root_power(), 2, *this);
}

std::optional<FieldElement> FieldElement::square_root() const {
    // a^((p+1)/4), and (p + 1) / 4 = (p - 3) / 4 + 1.
    const auto root = root_power() * *this;
    if (!(root.square() == *this)) return std::nullopt;
    return root;
}

std::optional<FieldElement::RootAndInverse> FieldElement::root_and_inverse() const {
    const auto power = root_power();
    const auto root = power * *this;
    if (!(root.square() == *this)) return std::nullopt;
    return RootAndInverse{root, shifted(power, 2, *this)};
}

std::optional<FieldElement> FieldElement::root_of_quotient(const FieldElement& numerator,
                                                           const FieldElement& denominator) {
    // (n/d)^((p+1)/4) = n d (n d^3)^((p-3)/4), because d^(p-1) is 1.
    const auto product = numerator * denominator;
    const auto root = (product * denominator.square()).root_power() * product;
    if (!(root.square() * denominator == numerator)) return std::nullopt;
    return root;
}

}  // namespace noise
