#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/uint256.h"

namespace bitcoin {

struct OutPoint {
    Uint256 txid{};
    std::uint32_t index{};
    friend bool operator==(const OutPoint&, const OutPoint&) = default;
};

struct TxInput {
    OutPoint previous{};
    base::Bytes script{};
    std::uint32_t sequence{};
    std::vector<base::Bytes> witness{};
    friend bool operator==(const TxInput&, const TxInput&) = default;
};

struct TxOutput {
    std::uint64_t value_sat{};
    base::Bytes script{};
    friend bool operator==(const TxOutput&, const TxOutput&) = default;
};

struct Transaction {
    std::uint32_t version{};
    std::vector<TxInput> inputs{};
    std::vector<TxOutput> outputs{};
    std::uint32_t locktime{};
    friend bool operator==(const Transaction&, const Transaction&) = default;

    bool has_witness() const;
    /// One input that spends nothing: the null outpoint.
    bool is_coinbase() const;
};

enum class ParseError {
    truncated,  ///< bytes are missing, or a count promises more than there is
    malformed,  ///< a count not in its shortest form, or a witness marker that consensus refuses
    trailing,   ///< bytes left over
};

/// Takes one transaction from the front of `rest`, with or without witness (BIP 144).
/// Errors: `truncated`, `malformed`.
base::Result<Transaction, ParseError> read_transaction(base::ByteView& rest);

/// One transaction and nothing else. Errors: as read_transaction, and `trailing`.
base::Result<Transaction, ParseError> parse_transaction(base::ByteView bytes);

/// With its witness, if it has one (BIP 144).
base::Bytes serialise(const Transaction& transaction);
/// Without witness: what the txid is made of.
base::Bytes serialise_stripped(const Transaction& transaction);
/// One output as in a transaction: value, script size, script.
void append_output(base::Bytes& to, const TxOutput& output);

Uint256 txid(const Transaction& transaction);
/// Of a coinbase too this is the real hash; in the witness tree a coinbase counts as zero.
Uint256 wtxid(const Transaction& transaction);

/// Three times the stripped size plus the full size (BIP 141).
std::size_t weight(const Transaction& transaction);

}  // namespace bitcoin
