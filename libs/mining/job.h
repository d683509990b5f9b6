#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/sha256.h"
#include "mining/block_template.h"
#include "mining/ids.h"
#include "mining/payout.h"

namespace mining {

/// Changes whenever the same template and outputs would give another coinbase. Batches and
/// templates carry it; who does not know it refuses, because gateway and worker must derive the
/// same bytes.
inline constexpr std::uint32_t derivation_version = 1;

using bitcoin::CoinbaseParts;

enum class DeriveError {
    payout_invalid,       ///< any PayoutError
    extranonce_too_long,  ///< prefix and rolled part together have more than 32 bytes
    script_sig_too_long,  ///< more than consensus' 100 bytes
};

/// The coinbase of a job, cut where the extranonce goes, without witness: what
/// NewExtendedMiningJob carries (Sv2 5.3.16). The scriptSig is
///
///     coinbase_prefix | push of pool_tag | 10 + full_extranonce_size | template ref (8 bytes,
///     big-endian) | variant (2 bytes, big-endian) | extranonce
///
/// where the number before the ref is the opcode that pushes all that follows, and the extranonce
/// is a channel's extranonce_prefix and the rolled part, together `full_extranonce_size` bytes.
/// The payout outputs come first, the template's own last and unchanged (Sv2 7.2).
/// Errors: each enumerator of DeriveError.
base::Result<CoinbaseParts, DeriveError> derive_coinbase(const BlockTemplate& block_template,
                                                         const PayoutOutputs& outputs,
                                                         Variant variant,
                                                         std::size_t full_extranonce_size);

/// A job's coinbase with the SHA-256 of what stands before the extranonce already begun, for
/// who hashes many: a gateway the standard channels' roots, a worker the shares.
class JobCoinbase {
  public:
    /// `full_extranonce_size` bytes go between the parts.
    JobCoinbase(CoinbaseParts parts, std::size_t full_extranonce_size);

    const CoinbaseParts& parts() const { return parts_; }

    /// The coinbase's txid with this extranonce: the channel's prefix, then the rolled part,
    /// which is empty for standard channels.
    bitcoin::Uint256 txid(base::ByteView extranonce_prefix, base::ByteView rolled) const;

    /// What is hashed of every coinbase of the job: the whole blocks before the extranonce.
    const std::array<std::uint32_t, 8>& begun() const { return begun_.state(); }
    /// The blocks of 64 bytes that remain of one, for a kernel that hashes many: how many they are,
    /// and the same for all extranonces.
    std::size_t tail_blocks() const { return tail_.size() / 64; }
    /// Writes them, padding included, to `tail_blocks()` times 64 bytes. The extranonce has the
    /// size that the job was made for.
    void write_tail(base::ByteView extranonce_prefix, base::ByteView rolled,
                    std::uint8_t* to) const;

    /// The merkle root that a standard channel is told and an extended channel's share implies
    /// (Sv2 5.3.15, 5.3.16).
    bitcoin::Uint256 merkle_root(const BlockTemplate& block_template,
                                 base::ByteView extranonce_prefix, base::ByteView rolled) const;

  private:
    CoinbaseParts parts_;
    bitcoin::Sha256 begun_{};
    base::Bytes tail_{};  // with zeros for the extranonce
    std::size_t extranonce_at_{};
};

/// derive_coinbase, ready to be hashed. Errors: each enumerator of DeriveError.
base::Result<JobCoinbase, DeriveError> derive_job_coinbase(const BlockTemplate& block_template,
                                                           const PayoutOutputs& outputs,
                                                           Variant variant,
                                                           std::size_t full_extranonce_size);

/// The whole coinbase as a block carries it: with marker, flag and witness where the template has
/// a commitment, otherwise without.
base::Bytes full_coinbase(const CoinbaseParts& parts, base::ByteView extranonce_prefix,
                          base::ByteView rolled, bool segwit);

}  // namespace mining
