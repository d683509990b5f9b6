#pragma once

#include <cstdint>

#include "base/result.h"
#include "bitcoin/target.h"
#include "mining/extranonce.h"
#include "sv1/call.h"
#include "translator/miner_jobs.h"

namespace translator {

/// Why a share has no header that could be hashed, or one that no pool may take.
enum class ShareDefect {
    extranonce2_size,
    ntime_too_early,
    ntime_too_late,
    bits_missing,
    bits_not_agreed,
    bits_outside_mask,
};
/// For the miner: "ntime is before the job's".
const char* error_text(ShareDefect defect);

/// How good the hash is.
enum class ShareWorth {
    full,    ///< meets the pool's target
    enough,  ///< meets the easier one that the miner was told, and not the pool's
    low,
};

struct CheckedShare {
    bitcoin::BlockHash hash{};
    ShareWorth worth{};
    std::uint32_t version{};
    mining::Extranonce rolled{};  ///< all that stands behind the pool's prefix
};

/// Judges a share against the job it names. Pure: the same arguments give the same answer.
///
/// The header's ntime lies between the tip's and two hours ahead of `unix_now`, in seconds, as
/// consensus has it; how much a miner may roll it is nobody's to limit (reference 4.13).
/// Errors: each enumerator of ShareDefect.
base::Result<CheckedShare, ShareDefect> check_share(const MinerJob& job, const sv1::Submit& share,
                                                    std::uint32_t unix_now);

}  // namespace translator
