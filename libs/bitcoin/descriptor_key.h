#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/network.h"

namespace bitcoin {

/// Which keys a script expression takes.
enum class KeyForm {
    any,         ///< 33 or 65 bytes: pk(), pkh() and multi() outside of segwit
    compressed,  ///< 33 bytes: segwit version 0
    x_only,      ///< 32 bytes, also written as 33 whose first is dropped: taproot
};

/// The key of a key expression (BIP 380): an optional origin, then a public key in hexadecimal, or
/// an xpub or tpub with the path to a child. `index` takes the place of a final `*`.
/// Errors: what is wrong and what to write instead, for a person; a private key is not repeated.
base::Result<base::Bytes, std::string> key_of_expression(std::string_view text, KeyForm form,
                                                         Network network,
                                                         std::optional<std::uint32_t> index);

}  // namespace bitcoin
