#pragma once

#include <array>
#include <cstddef>

#include "base/bytes.h"

namespace bitcoin {

/// RIPEMD-160 of SHA-256: what P2PKH, P2SH and P2WPKH pay to.
/// Errors: throws where libcrypto is built without RIPEMD-160 (or keeps it in a provider that is
/// not loaded, as OpenSSL 3.0 did before 3.0.7).
std::array<std::byte, 20> hash160(base::ByteView bytes);

}  // namespace bitcoin
