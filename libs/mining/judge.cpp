#include "mining/judge.h"

#include <optional>

#include "mining/solution.h"

namespace mining {
namespace {

bool ntime_is_in_range(const SubmittedShare& share, const ChainTip& tip) {
    const std::uint64_t received = base::to_unix_seconds(share.received_at);
    return share.ntime >= tip.min_ntime && share.ntime <= received + ntime_ahead_max;
}

/// What is found before the hash is looked at, in the order of the reference.
std::optional<ShareError> defect(const SubmittedShare& share, const JobRecord& record,
                                 const BlockTemplate& block_template) {
    if (share.state == JobState::stale || share.state == JobState::closed)
        return ShareError::stale_share;
    if (!is_hashable(share, record)) return ShareError::bad_extranonce_size;
    if (!ntime_is_in_range(share, block_template.tip)) return ShareError::invalid_share;
    const std::uint32_t changed = share.version ^ block_template.version;
    if (record.version_rolling_allowed) {
        if ((changed & ~rollable_version_bits) != 0)
            return ShareError::invalid_non_rollable_version_bit;
    } else if (changed != 0) {
        return ShareError::version_rolling_not_allowed;
    }
    return std::nullopt;
}

}  // namespace

bool is_hashable(const SubmittedShare& share, const JobRecord& record) {
    return share.extranonce.size() == record.extranonce_size;
}

Judged judge_hash(const SubmittedShare& share, const JobRecord& record,
                  const BlockTemplate& block_template, const bitcoin::BlockHash& hash,
                  bitcoin::Difficulty difficulty) {
    Judged judged{.hash = hash, .solves_block = block_template.tip.network_target.is_met_by(hash)};
    if (const auto error = defect(share, record, block_template))
        judged.verdict = base::unexpected(*error);
    else if (record.target.is_met_by(hash))
        judged.verdict = difficulty;
    else if (record.eased_target && record.eased_target->is_met_by(hash))
        judged.verdict = bitcoin::difficulty_of(*record.eased_target);
    else
        judged.verdict = base::unexpected(ShareError::difficulty_too_low);
    return judged;
}

Judged judge_unhashed(const SubmittedShare& share, const JobRecord& record,
                      const BlockTemplate& block_template) {
    Judged judged;
    judged.verdict =
        base::unexpected(defect(share, record, block_template).value_or(ShareError::invalid_share));
    return judged;
}

Judged judge(const SubmittedShare& share, const JobRecord& record,
             const BlockTemplate& block_template, const JobCoinbase& coinbase) {
    if (!is_hashable(share, record)) return judge_unhashed(share, record, block_template);
    const auto root = coinbase.merkle_root(block_template, record.extranonce_prefix.bytes(),
                                           share.extranonce.bytes());
    const auto hash = bitcoin::header_hash(share_header(share, block_template, root));
    return judge_hash(share, record, block_template, hash, bitcoin::difficulty_of(record.target));
}

Judged judge(const SubmittedShare& share, const JobRecord& record,
             const BlockTemplate& block_template, const PayoutOutputs& outputs) {
    const auto coinbase =
        derive_job_coinbase(block_template, outputs, record.variant, record.full_extranonce_size());
    if (!coinbase) return judge_unhashed(share, record, block_template);
    return judge(share, record, block_template, *coinbase);
}

}  // namespace mining
