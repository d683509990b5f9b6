#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace noise {

/// A number modulo p = 2^256 - 2^32 - 977, the field of secp256k1's coordinates.
///
/// For public values only: running time depends on the value. Secrets meet the curve in
/// libsecp256k1, which takes constant time.
class FieldElement {
  public:
    constexpr FieldElement() = default;
    constexpr explicit FieldElement(std::uint32_t value) : limbs_{value, 0, 0, 0, 0} {}

    /// 32 bytes, most significant first; p and above wrap around (BIP 324 wants it so).
    static FieldElement from_bytes(std::span<const std::byte, 32> bytes);
    /// The one form below p, most significant byte first.
    std::array<std::byte, 32> to_bytes() const;

    bool is_zero() const;
    friend bool operator==(const FieldElement& a, const FieldElement& b) {
        return (a - b).is_zero();
    }

    friend FieldElement operator+(const FieldElement& a, const FieldElement& b);
    friend FieldElement operator-(const FieldElement& a, const FieldElement& b);
    friend FieldElement operator*(const FieldElement& a, const FieldElement& b);
    FieldElement operator-() const { return FieldElement{} - *this; }
    FieldElement square() const;

    /// 1/a; zero for zero.
    FieldElement inverse() const;
    /// Nothing if no square root exists. Of the two roots, the one that is itself a square.
    std::optional<FieldElement> square_root() const;

    struct RootAndInverse;
    /// Both for little more than the price of one. Nothing if no square root exists.
    std::optional<RootAndInverse> root_and_inverse() const;
    /// The square root of numerator / denominator that is itself a square; nothing if there is
    /// none. One division less than its words say.
    static std::optional<FieldElement> root_of_quotient(const FieldElement& numerator,
                                                        const FieldElement& denominator);

  private:
    /// Five limbs of 52 bits, the top one of 48, least significant first. Every operation leaves
    /// them at most a few bits above that ("weakly reduced"), so that none has to carry first.
    using Limbs = std::array<std::uint64_t, 5>;
    explicit FieldElement(const Limbs& limbs) : limbs_(limbs) {}
    static FieldElement weakly_reduced(const Limbs& limbs);
    Limbs canonical() const;
    /// To the power of (p - 3) / 4, of which roots and inverses are made.
    FieldElement root_power() const;

    Limbs limbs_{};
};

struct FieldElement::RootAndInverse {
    FieldElement root{};
    FieldElement inverse{};
};

}  // namespace noise
