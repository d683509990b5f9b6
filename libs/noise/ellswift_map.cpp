#include "noise/ellswift_map.h"

namespace noise {
namespace {

/// BIP 324's c, the square root of -3 that is itself a square.
const FieldElement& sqrt_minus_3() {
    static const FieldElement root = (-FieldElement{3}).square_root().value_or(FieldElement{});
    return root;
}

FieldElement cubed(const FieldElement& a) {
    return a.square() * a;
}

/// 1/2 is (p + 1) / 2; multiplying is quicker to read than a shift with carries.
FieldElement half(const FieldElement& a) {
    static const FieldElement one_half = FieldElement{2}.inverse();
    return a * one_half;
}

bool is_x_of_curve(const FieldElement& x) {
    return (cubed(x) + FieldElement{7}).square_root().has_value();
}

/// The point whose x is n/d, if there is one. The root of (n^3 + 7 d^3) d is y d^2, and the inverse
/// that comes with the root is that of d, too.
std::optional<CurvePoint> lift(const FieldElement& n, const FieldElement& d) {
    const auto y_squared_d_cubed = cubed(n) + FieldElement{7} * cubed(d);
    const auto found = (y_squared_d_cubed * d).root_and_inverse();
    if (!found) return std::nullopt;
    const auto inverse = y_squared_d_cubed * found->inverse;
    return CurvePoint{n * inverse, found->root * inverse.square()};
}

}  // namespace

CurvePoint xswiftec(const FieldElement& given_u, const FieldElement& given_t) {
    const FieldElement one{1};
    const auto u = given_u.is_zero() ? one : given_u;
    auto t = given_t.is_zero() ? one : given_t;
    const auto g = cubed(u) + FieldElement{7};
    if ((g + t.square()).is_zero()) t = t + t;

    // With X = (g - t^2) / 2t and Y = (X + t) / cu, the candidates are u + 4Y^2,
    // (-X/Y - u) / 2 and (X/Y - u) / 2; here as fractions. At least one is on the curve.
    const auto t_squared = t.square();
    const auto h = g + t_squared;
    const auto denominator = FieldElement{3} * (t * u).square();
    if (const auto point = lift(denominator * u - h.square(), denominator)) return *point;
    const auto ac = (g - t_squared) * sqrt_minus_3();
    if (const auto point = lift(-(u * (ac + h)), h + h)) return *point;
    return lift(u * (ac - h), h + h).value_or(CurvePoint{});
}

std::optional<FieldElement> xswiftec_inverse(const FieldElement& x, const FieldElement& u,
                                             unsigned branch) {
    const auto g = cubed(u) + FieldElement{7};
    const bool negated = (branch & 1U) != 0;
    FieldElement v;
    FieldElement w;
    if ((branch & 2U) == 0) {
        // x is to be the second or third candidate: the others of the pair must not come first.
        const auto q = -(u.square() + u * x + x.square());
        const auto root = FieldElement::root_of_quotient(g, q);
        if (!root || is_x_of_curve(-(x + u))) return std::nullopt;
        v = x;
        w = *root;
    } else {
        // x is to be the first candidate.
        const auto s = x - u;
        if (s.is_zero()) return std::nullopt;
        const auto found = s.root_and_inverse();
        if (!found) return std::nullopt;
        const auto r =
            (-(s * (FieldElement{4} * g + FieldElement{3} * s * u.square()))).square_root();
        if (!r || (negated && r->is_zero())) return std::nullopt;
        v = half(*r * found->inverse - u);
        w = found->root;
    }
    const FieldElement one{1};
    const auto& c = sqrt_minus_3();
    const auto sum = half(u * (negated ? one + c : one - c)) + v;
    // Branches 0 and 5 (counting bits 0 and 2) take the negative root.
    return (branch & 5U) == 0 || (branch & 5U) == 5 ? -(w * sum) : w * sum;
}

}  // namespace noise
