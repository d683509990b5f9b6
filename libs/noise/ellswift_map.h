#pragma once

#include <optional>

#include "noise/field.h"

namespace noise {

/// A point of y^2 = x^3 + 7. Which of the two y it has is of no concern here.
struct CurvePoint {
    FieldElement x{};
    FieldElement y{};
};

/// XSwiftEC of BIP 324: a point of the curve for every pair of field elements.
CurvePoint xswiftec(const FieldElement& u, const FieldElement& t);

/// A `t` with xswiftec(u, t).x == x. `branch`, 0 to 7, chooses which of up to eight there are;
/// nothing where that branch has none. `x` must be on the curve (BIP 324, XSwiftECInv).
std::optional<FieldElement> xswiftec_inverse(const FieldElement& x, const FieldElement& u,
                                             unsigned branch);

}  // namespace noise
