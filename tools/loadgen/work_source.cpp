#include "loadgen/work_source.h"

#include <algorithm>
#include <utility>

#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "bitcoin/nonce_scan.h"
#include "bitcoin/sha256.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// A share that takes more is not found at a given rate of shares: no machine has them.
constexpr std::uint64_t hashes_a_share_max = 1 << 22;
// Where the target is so easy that half of the hashes meet it, one of so many does not.
constexpr int misses_tried_max = 64;
// The bits that firmware rolls (BIP 320).
constexpr unsigned rolled_shift = 13;
constexpr std::uint32_t rolled_bits = 0xffff;
// Nobody may roll it, and consensus does not mind it.
constexpr std::uint32_t fixed_version_bit = 1U << 30;
constexpr std::uint32_t too_far_ahead_s = 3 * 3600;
// No pool has sent so many jobs.
constexpr std::uint32_t unknown_job = 0x7fff'0000;

/// The number's bytes, least significant first; beyond eight zeros.
void write(std::uint64_t number, base::Bytes& to) {
    for (auto& byte : to) {
        byte = static_cast<std::byte>(number & 0xff);
        number >>= 8;
    }
}

}  // namespace

void WorkSource::set(miner::Work work) {
    if (keeps_jobs_ && work_ && work_->tip == work.tip) return;
    if (work_ && work_->tip != work.tip) stale_ = std::move(work_);
    if (last_ && last_->tip != work.tip) last_.reset();
    if (!stock_.empty() && stock_.front().tip != work.tip) stock_.clear();
    work_ = std::move(work);
}

void WorkSource::forget() {
    work_.reset();
    stale_.reset();
    last_.reset();
    stock_.clear();
}

bool WorkSource::stock_up(std::size_t shares, HashBudget& budget, base::SteadyTime now) {
    if (!work_) return false;
    if (work_->target == bitcoin::target_max()) return true;
    while (stock_.size() < shares) {
        auto share = search(*work_, Intent::honest, budget, now, true);
        if (!share) return false;
        stock_.push_back(std::move(*share));
    }
    return true;
}

bool WorkSource::is_possible(Intent intent) const {
    switch (intent) {
        case Intent::honest:
        case Intent::bad_job_id:
        case Intent::bad_version:
        case Intent::bad_ntime: return true;
        case Intent::duplicate: return last_.has_value();
        case Intent::low_difficulty: return work_->target != bitcoin::target_max();
        case Intent::stale_job: return stale_.has_value();
        case Intent::wrong_worker: break;
    }
    return false;
}

std::optional<miner::FoundShare> WorkSource::find(Intent& intent, HashBudget& budget,
                                                  base::SteadyTime now, bool needs_hash) {
    if (!work_) return std::nullopt;
    if (!is_possible(intent)) intent = Intent::honest;
    if (intent == Intent::duplicate) return last_;
    const auto& work = intent == Intent::stale_job ? *stale_ : *work_;
    const bool is_in_stock = intent == Intent::honest && !stock_.empty();
    auto share =
        is_in_stock ? std::move(stock_.front()) : search(work, intent, budget, now, needs_hash);
    if (is_in_stock) stock_.pop_front();
    if (share && intent == Intent::bad_job_id) share->job_id.value ^= unknown_job;
    if (share && intent == Intent::honest) last_ = share;
    return share;
}

bitcoin::Uint256 WorkSource::merkle_root(const miner::Work& work,
                                         const base::Bytes& extranonce) const {
    if (const auto* root = std::get_if<bitcoin::Uint256>(&work.root)) return *root;
    const auto& coinbase = *std::get<std::shared_ptr<const miner::Coinbase>>(work.root);
    const auto txid = bitcoin::Sha256{}
                          .update(coinbase.prefix)
                          .update(work.extranonce_prefix)
                          .update(extranonce)
                          .update(coinbase.suffix)
                          .double_digest();
    return bitcoin::fold_merkle_path(txid, coinbase.merkle_path);
}

std::optional<miner::FoundShare> WorkSource::search(const miner::Work& work, Intent intent,
                                                    HashBudget& budget, base::SteadyTime now,
                                                    bool needs_hash) {
    miner::FoundShare share{.connection = work.connection,
                            .channel = work.channel,
                            .tip = work.tip,
                            .job_id = work.job_id,
                            .target = work.target,
                            .extranonce_prefix = work.extranonce_prefix,
                            .extranonce = base::Bytes(work.extranonce_size)};
    write(extranonce_++, share.extranonce);
    auto& header = share.header;
    header.prev_hash = work.prev_hash;
    header.nbits = work.nbits;
    header.version =
        work.version ^ (((rolls_++ & rolled_bits) << rolled_shift) & work.version_mask);
    if (intent == Intent::bad_version) header.version ^= fixed_version_bit;
    const auto elapsed = std::max<std::int64_t>((now - work.ntime_since) / 1s, 0);
    header.ntime = work.min_ntime + static_cast<std::uint32_t>(elapsed) +
                   (intent == Intent::bad_ntime ? too_far_ahead_s : 0U);
    header.nonce = static_cast<std::uint32_t>(nonce_);

    const bool is_any = work.target == bitcoin::target_max();
    if (is_any && !needs_hash && !avoids_blocks_) {
        ++nonce_;
        return share;
    }
    header.merkle_root = merkle_root(work, share.extranonce);
    const auto network = bitcoin::expand_nbits(header.nbits);
    const auto is_wanted = [&](const bitcoin::BlockHash& hash) {
        return !avoids_blocks_ || !network || !network->is_met_by(hash);
    };
    if (is_any || intent == Intent::low_difficulty) {
        for (int i = 0; i < misses_tried_max; ++i) {
            header.nonce = static_cast<std::uint32_t>(nonce_++);
            share.hash = bitcoin::header_hash(header);
            budget.spend(1);
            if ((is_any || !work.target.is_met_by(share.hash)) && is_wanted(share.hash))
                return share;
        }
        return std::nullopt;
    }
    const auto midstate = bitcoin::header_midstate(header);
    for (auto left = std::min(budget.left(now), hashes_a_share_max); left > 0;) {
        const auto first = static_cast<std::uint32_t>(nonce_);
        const auto hit = bitcoin::scan_nonces(midstate, first, left, work.target);
        // In 32 bits, as the nonce wraps.
        const auto tried = hit ? std::uint64_t{hit->nonce - first} + 1 : left;
        nonce_ += tried;
        left -= tried;
        budget.spend(tried);
        if (!hit) break;
        if (!is_wanted(hit->hash)) continue;
        header.nonce = hit->nonce;
        share.hash = hit->hash;
        return share;
    }
    return std::nullopt;
}

}  // namespace loadgen
