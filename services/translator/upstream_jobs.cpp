#include "translator/upstream_jobs.h"

#include <utility>

#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "translator/coinbase_witness.h"

namespace translator {

const UpstreamJobs::Entry& UpstreamJobs::add(const ActiveJob& job, base::SteadyTime now) {
    if (job.is_clean) entries_.clear();
    if (entries_.size() >= upstream_jobs_max) entries_.pop_front();
    return entries_.emplace_back(Entry{.number = ++last_number_, .job = job, .since = now});
}

UpstreamJobs::Entry* UpstreamJobs::find(std::uint32_t number) {
    // The numbers of those that are there have no gaps.
    if (entries_.empty() || number < entries_.front().number) return nullptr;
    const std::size_t at = number - entries_.front().number;
    return at < entries_.size() ? &entries_[at] : nullptr;
}

bitcoin::BlockHash header_hash(UpstreamJobs::Entry& entry, const ChannelShare& share,
                               base::ByteView rolled) {
    const auto& job = entry.job;
    const auto& parts = *job.parts;
    if (!entry.coinbase) {
        auto stripped = without_witness(parts.coinbase_prefix, parts.coinbase_suffix);
        entry.coinbase.emplace(
            stripped ? *std::move(stripped)
                     : mining::CoinbaseParts{parts.coinbase_prefix, parts.coinbase_suffix},
            job.extranonce_prefix->size() + job.extranonce_size);
    }
    const auto root = bitcoin::fold_merkle_path(
        entry.coinbase->txid(*job.extranonce_prefix, rolled), parts.merkle_path);
    return bitcoin::header_hash(bitcoin::Header{.version = share.version,
                                                .prev_hash = job.tip->prev_hash,
                                                .merkle_root = root,
                                                .ntime = share.ntime,
                                                .nbits = job.tip->nbits,
                                                .nonce = share.nonce});
}

}  // namespace translator
