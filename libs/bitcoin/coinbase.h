#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "bitcoin/uint256.h"

namespace bitcoin {

/// Consensus: a coinbase's scriptSig has 2 to 100 bytes.
inline constexpr std::size_t coinbase_script_size_min = 2;
inline constexpr std::size_t coinbase_script_size_max = 100;

/// The push of the height with which a coinbase's scriptSig begins (BIP 34), 1 to 6 bytes:
/// the height as a script number, or the one opcode that heights up to 16 have.
base::Bytes height_push(std::uint32_t height);

/// The height that a coinbase's scriptSig begins with, when it is pushed the way nodes require.
std::optional<std::uint32_t> pushed_height(base::ByteView script_sig);

/// The root of the witness tree. `wtxids` are the block's other transactions: the coinbase
/// counts as zero and comes first.
Uint256 witness_root(std::span<const Uint256> wtxids);

/// What a coinbase commits to: sha256d(witness root || reserved value) (BIP 141).
Uint256 witness_commitment(const Uint256& witness_root, const Uint256& reserved);

/// The output script that commits to the witnesses (BIP 141), for a reserved value of 32 zeros:
/// OP_RETURN, a push of 36 bytes, `aa21a9ed`, the commitment.
base::Bytes witness_commitment_script(const Uint256& witness_root);

/// What a coinbase is made of; `script_sig_begin` is what stands before the extranonce.
struct CoinbaseFields {
    std::uint32_t version{};
    base::Bytes script_sig_begin{};
    std::size_t extranonce_size{};  ///< all bytes between script_sig_begin and the sequence
    std::uint32_t sequence{};
    std::uint64_t outputs_count{};
    base::Bytes outputs{};  ///< serialised, without their count
    std::uint32_t locktime{};
};

/// A coinbase without witness, cut where the extranonce goes: prefix || extranonce || suffix is
/// what its txid is the hash of (Sv2 5.3.16).
struct CoinbaseParts {
    base::Bytes prefix{};
    base::Bytes suffix{};
    friend bool operator==(const CoinbaseParts&, const CoinbaseParts&) = default;
};

/// Nothing when the scriptSig would be outside of 2 to 100 bytes.
std::optional<CoinbaseParts> coinbase_parts(const CoinbaseFields& fields);

/// The same coinbase as a block carries it: with marker, flag and the witness of 32 zeros that
/// goes with a commitment (BIP 141, BIP 144). `stripped` is a whole serialised coinbase.
base::Bytes with_coinbase_witness(base::ByteView stripped);

}  // namespace bitcoin
