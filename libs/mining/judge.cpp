#include "mining/judge.h"

#include <optional>
#include <unordered_map>
#include <vector>

#include "bitcoin/merkle.h"
#include "bitcoin/sha256.h"
#include "mining/solution.h"

namespace mining {
namespace {

/// The extranonce has the length that the job asks for, so there is a header to hash.
bool is_hashable(const SubmittedShare& share, const JobRecord& record) {
    return share.extranonce.size() == record.extranonce_size;
}

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

Judged verdict_on_hash(const SubmittedShare& share, const JobRecord& record,
                       const BlockTemplate& block_template, const bitcoin::BlockHash& hash,
                       bitcoin::Difficulty difficulty) {
    Judged judged{.hash = hash, .solves_block = block_template.tip.network_target.is_met_by(hash)};
    if (const auto error = defect(share, record, block_template))
        judged.verdict = base::unexpected(*error);
    else if (!record.target.is_met_by(hash))
        judged.verdict = base::unexpected(ShareError::difficulty_too_low);
    else
        judged.verdict = difficulty;
    return judged;
}

/// For a share without a hash: its first defect, or that its coinbase cannot be built.
Judged verdict_without_hash(const SubmittedShare& share, const JobRecord& record,
                            const BlockTemplate& block_template) {
    Judged judged;
    judged.verdict =
        base::unexpected(defect(share, record, block_template).value_or(ShareError::invalid_share));
    return judged;
}

/// What all shares of one record have in common, found once in a batch.
struct RecordFacts {
    bitcoin::Difficulty difficulty{};
    bitcoin::Uint256 merkle_root{};  ///< of jobs whose extranonce is fixed
};
using FactsOfRecords = std::unordered_map<const JobRecord*, RecordFacts>;

const RecordFacts& facts_of(const ShareToJudge& item, FactsOfRecords& known) {
    const auto found = known.find(item.record);
    if (found != known.end()) return found->second;
    RecordFacts facts{.difficulty = bitcoin::difficulty_of(item.record->target)};
    if (item.record->extranonce_size == 0)
        facts.merkle_root = item.coinbase->merkle_root(*item.block_template,
                                                       item.record->extranonce_prefix.bytes(), {});
    return known.emplace(item.record, facts).first->second;
}

/// The merkle root under each share: known from its record, or folded with the others'.
std::vector<bitcoin::Uint256> merkle_roots(std::span<const ShareToJudge> items,
                                           FactsOfRecords& known) {
    std::vector<bitcoin::Uint256> roots(items.size());
    std::vector<bitcoin::Uint256> folded;
    std::vector<std::span<const bitcoin::Uint256>> paths;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& item = items[i];
        if (item.record->extranonce_size == 0) {
            roots[i] = facts_of(item, known).merkle_root;
            continue;
        }
        folded.push_back(item.coinbase->txid(item.record->extranonce_prefix.bytes(),
                                             item.share->extranonce.bytes()));
        paths.emplace_back(item.block_template->merkle_path);
    }
    bitcoin::fold_merkle_paths(folded, paths);
    for (std::size_t i = 0, next = 0; i < items.size(); ++i)
        if (items[i].record->extranonce_size != 0) roots[i] = folded[next++];
    return roots;
}

}  // namespace

Judged judge(const SubmittedShare& share, const JobRecord& record,
             const BlockTemplate& block_template, const JobCoinbase& coinbase) {
    if (!is_hashable(share, record)) return verdict_without_hash(share, record, block_template);
    const auto root = coinbase.merkle_root(block_template, record.extranonce_prefix.bytes(),
                                           share.extranonce.bytes());
    const auto hash = bitcoin::header_hash(share_header(share, block_template, root));
    return verdict_on_hash(share, record, block_template, hash,
                           bitcoin::difficulty_of(record.target));
}

Judged judge(const SubmittedShare& share, const JobRecord& record,
             const BlockTemplate& block_template, const PayoutOutputs& outputs) {
    const auto coinbase =
        derive_job_coinbase(block_template, outputs, record.variant, record.full_extranonce_size());
    if (!coinbase) return verdict_without_hash(share, record, block_template);
    return judge(share, record, block_template, *coinbase);
}

void judge_batch(std::span<const ShareToJudge> shares, std::span<Judged> judged) {
    std::vector<ShareToJudge> items;
    std::vector<std::size_t> places;  // of the items among the shares
    items.reserve(shares.size());
    places.reserve(shares.size());
    for (std::size_t i = 0; i < shares.size(); ++i) {
        const auto& item = shares[i];
        if (item.coinbase == nullptr || !is_hashable(*item.share, *item.record)) {
            judged[i] = verdict_without_hash(*item.share, *item.record, *item.block_template);
            continue;
        }
        items.push_back(item);
        places.push_back(i);
    }

    FactsOfRecords known;
    const auto roots = merkle_roots(items, known);
    std::vector<bitcoin::HeaderBytes> headers;
    headers.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i)
        headers.push_back(bitcoin::encode_header(
            share_header(*items[i].share, *items[i].block_template, roots[i])));
    std::vector<bitcoin::Uint256> hashes(headers.size());
    bitcoin::sha256d_headers(headers, hashes);
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& item = items[i];
        judged[places[i]] =
            verdict_on_hash(*item.share, *item.record, *item.block_template,
                            bitcoin::BlockHash{hashes[i]}, facts_of(item, known).difficulty);
    }
}

}  // namespace mining
