#pragma once

#include <cstdint>

#include "base/result.h"
#include "bitcoin/difficulty.h"
#include "bitcoin/header.h"
#include "mining/block_template.h"
#include "mining/job.h"
#include "mining/payout.h"
#include "mining/share.h"

namespace mining {

/// The version bits that miners may roll: 5 to 28 (BIP 323).
inline constexpr std::uint32_t rollable_version_bits = 0x1fffffe0;

/// Consensus: how far a header's ntime may be ahead of the clock, in seconds.
inline constexpr std::uint32_t ntime_ahead_max = 7200;

struct Judged {
    /// Of the header; the highest number there is when the share could not be hashed.
    bitcoin::BlockHash hash{bitcoin::uint256_max()};
    /// The hash meets the network target: submit it, whatever the verdict.
    bool solves_block{};
    /// What is credited: the difficulty of the target that was met, never of the hash.
    base::Result<bitcoin::Difficulty, ShareError> verdict{
        base::unexpected(ShareError::invalid_share)};
};

/// Judges one share against the job it names. Pure: the same arguments give the same answer.
///
/// The hash comes first, before any check, whenever the extranonce has the right length. Then,
/// in the order of the reference: state, extranonce size, ntime (not below the tip's min_ntime,
/// not more than two hours after receipt), version bits, and last the hash against the job's
/// target; equal counts. One that misses it and meets the record's eased target is credited at
/// that. `coinbase` is derived for this record's template, outputs, variant and
/// full extranonce size. Whether the share was seen before is the ledger's to know.
/// Errors: `stale_share`, `bad_extranonce_size`, `invalid_share`, `version_rolling_not_allowed`,
/// `invalid_non_rollable_version_bit`, `difficulty_too_low`.
Judged judge(const SubmittedShare& share, const JobRecord& record,
             const BlockTemplate& block_template, const JobCoinbase& coinbase);

/// The same, deriving the coinbase for this one share: `invalid_share` when it cannot be built.
Judged judge(const SubmittedShare& share, const JobRecord& record,
             const BlockTemplate& block_template, const PayoutOutputs& outputs);

/// The verdict on a share whose header has this hash; `difficulty` is that of the record's target.
Judged judge_hash(const SubmittedShare& share, const JobRecord& record,
                  const BlockTemplate& block_template, const bitcoin::BlockHash& hash,
                  bitcoin::Difficulty difficulty);

/// The verdict on a share that has no header to hash: its first defect, or that its coinbase
/// cannot be built.
Judged judge_unhashed(const SubmittedShare& share, const JobRecord& record,
                      const BlockTemplate& block_template);

/// The extranonce has the length that the job asks for, so there is a header to hash.
bool is_hashable(const SubmittedShare& share, const JobRecord& record);

}  // namespace mining
