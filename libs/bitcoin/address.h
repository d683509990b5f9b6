#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/network.h"

namespace bitcoin {

enum class AddressError {
    malformed,       ///< no address of any kind
    wrong_checksum,  ///< mistyped
    wrong_network,   ///< sound, but of another network
};
/// For a person: "the checksum is wrong (mistyped?)".
std::string_view describe(AddressError error);

/// The script that pays to an address: P2PKH and P2SH in base58check, witness programs in bech32
/// (version 0) or bech32m (1 to 16; BIP 141, 173, 350). testnet, testnet4 and signet share their
/// prefixes; regtest shares its base58 prefixes with them.
/// Errors: `malformed`, `wrong_checksum`, `wrong_network`.
base::Result<base::Bytes, AddressError> script_of_address(std::string_view address,
                                                          Network network);

/// Nothing for a script that has no address.
std::optional<std::string> address_of_script(base::ByteView script, Network network);

}  // namespace bitcoin
