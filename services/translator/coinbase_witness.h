#pragma once

#include <optional>

#include "base/bytes.h"
#include "bitcoin/coinbase.h"

namespace translator {

/// The same coinbase without marker, flag and witness (BIP 141): miners hash its txid, and some
/// pools leave them in. Nothing where there are none, or none that a coinbase may have.
std::optional<bitcoin::CoinbaseParts> without_witness(base::ByteView prefix, base::ByteView suffix);

}  // namespace translator
