#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/network.h"

namespace bitcoin {

/// Whether the descriptor stands for one script for each index: some key of it ends in `*`.
bool is_ranged(std::string_view descriptor);

/// The output script that a descriptor (BIP 380) stands for: addr(), raw(), pk(), pkh(), wpkh(),
/// sh(), wsh(), multi(), sortedmulti() and tr(KEY). The checksum is verified where there is one.
/// `index` is the child that a `*` stands for. Keys are public: a pool never needs a private one.
/// Errors: what is wrong and what to write instead, for a person; a private key is not repeated.
base::Result<base::Bytes, std::string> script_of_descriptor(
    std::string_view descriptor, Network network,
    std::optional<std::uint32_t> index = std::nullopt);

}  // namespace bitcoin
