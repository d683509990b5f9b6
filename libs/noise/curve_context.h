#pragma once

#include <secp256k1.h>

namespace noise {

/// libsecp256k1's context. Made at first use and never changed, hence fit for every thread.
const secp256k1_context* curve_context();

}  // namespace noise
