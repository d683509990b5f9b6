#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/header.h"
#include "bitcoin/transaction.h"

namespace bitcoin {

struct Block {
    Header header{};
    std::vector<Transaction> transactions{};
    friend bool operator==(const Block&, const Block&) = default;
};

base::Bytes serialise(const Block& block);

/// A whole block and nothing else. Errors: `truncated`, `malformed`, `trailing`.
base::Result<Block, ParseError> parse_block(base::ByteView bytes);

/// A block from its parts as they are at hand when a share solves it: the 80 bytes, the coinbase
/// with its witness, and the template's other transactions, each serialised.
base::Bytes assemble_block(std::span<const std::byte, header_size> header, base::ByteView coinbase,
                           std::span<const base::Bytes> transactions);

/// The number of transactions and their txids' merkle root agree with the header.
bool merkle_root_matches(const Block& block);

/// An output of a coinbase that commits to the witnesses (BIP 141).
bool is_witness_commitment(const TxOutput& output);

/// BIP 141: the coinbase commits to the witnesses, or there is neither commitment nor witness.
bool witness_commitment_matches(const Block& block);

}  // namespace bitcoin
