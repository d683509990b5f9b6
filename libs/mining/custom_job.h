#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong_id.h"
#include "bitcoin/transaction.h"
#include "mining/block_template.h"
#include "mining/custom_job_id.h"
#include "mining/job.h"

namespace mining {

/// Work that a miner has made itself, as it is said in SetCustomMiningJob (Sv2 5.3.18). It travels
/// with its shares: nobody but its miner has the transactions behind merkle_path.
struct CustomJob {
    std::uint32_t version{};
    bitcoin::BlockHash prev_hash{};
    std::uint32_t min_ntime{};
    std::uint32_t nbits{};
    std::uint32_t coinbase_tx_version{};
    base::Bytes coinbase_prefix{};  ///< of the scriptSig: all that stands before the extranonce
    std::uint32_t coinbase_tx_input_sequence{};
    base::Bytes coinbase_tx_outputs{};  ///< all of them, serialised behind their count
    std::uint32_t coinbase_tx_locktime{};
    std::vector<bitcoin::Uint256> merkle_path{};
    friend bool operator==(const CustomJob&, const CustomJob&) = default;
};

/// The name that batches and job records use for this job, by its content; never 0.
CustomJobId custom_job_id(const CustomJob& job);

/// The outputs with their count read. Nothing when they are not what their count says.
std::optional<std::vector<bitcoin::TxOutput>> outputs_of(const CustomJob& job);

/// The job as shares are judged by it: a template without a ref, whose network target is that of
/// nbits. Its outputs are as they came.
BlockTemplate template_of(const CustomJob& job);

/// The coinbase, stripped, around an extranonce of so many bytes: the pool adds nothing to it
/// (reference 4.15).
/// Errors: `extranonce_too_long`, `script_sig_too_long`; `payout_invalid` for outputs that are not
/// what their count says.
base::Result<JobCoinbase, DeriveError> derive_job_coinbase(const CustomJob& job,
                                                           std::size_t full_extranonce_size);

}  // namespace mining
