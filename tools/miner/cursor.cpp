#include "miner/cursor.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "bitcoin/merkle.h"
#include "bitcoin/sha256.h"

namespace miner {
namespace {

constexpr std::uint64_t nonces = std::uint64_t{1} << 32;

// With an extranonce to roll, versions need not be used up: a few are tried for each, so that both
// are exercised.
constexpr std::uint64_t version_variants_per_extranonce = 16;

std::uint64_t count_versions(const Work& work) {
    const auto variants = std::uint64_t{1} << std::popcount(work.version_mask);
    return work.extranonce_size == 0 ? variants
                                     : std::min(variants, version_variants_per_extranonce);
}

// The number's bits, in their order, where the mask has its ones.
std::uint32_t spread(std::uint64_t number, std::uint32_t mask) {
    std::uint32_t bits = 0;
    for (; mask != 0; mask &= mask - 1, number >>= 1)
        if ((number & 1) != 0) bits |= mask & (~mask + 1);
    return bits;
}

std::uint64_t count_rolls(const Work& work, std::uint64_t versions) {
    // More than that is never walked through.
    if (work.extranonce_size >= 7) return std::numeric_limits<std::uint64_t>::max();
    return versions << (8 * work.extranonce_size);
}

}  // namespace

Cursor::Cursor(std::shared_ptr<const Work> work, Stripe stripe)
    : work_(std::move(work)),
      stripe_(stripe),
      versions_(count_versions(*work_)),
      rolls_(count_rolls(*work_, versions_)),
      nonce_begin_(0),
      nonce_end_(nonces),
      extranonce_(work_->extranonce_size),
      header_{.version = work_->version,
              .prev_hash = work_->prev_hash,
              .ntime = work_->min_ntime,
              .nbits = work_->nbits} {
    if (rolls_ < stripe_.count) {
        // Too few rolls for every stripe to have one: the stripes share the nonces instead.
        nonce_begin_ = nonces * stripe_.index / stripe_.count;
        nonce_end_ = nonces * (stripe_.index + 1) / stripe_.count;
        stripe_ = Stripe{};
    }
    roll_ = stripe_.index;
    begin_roll();
}

bitcoin::Uint256 Cursor::merkle_root() const {
    if (const auto* root = std::get_if<bitcoin::Uint256>(&work_->root)) return *root;
    const auto& coinbase = *std::get<std::shared_ptr<const Coinbase>>(work_->root);
    const auto txid = bitcoin::Sha256{}
                          .update(coinbase.prefix)
                          .update(work_->extranonce_prefix)
                          .update(extranonce_)
                          .update(coinbase.suffix)
                          .double_digest();
    return bitcoin::fold_merkle_path(txid, coinbase.merkle_path);
}

void Cursor::begin_roll() {
    nonce_ = nonce_begin_;
    const std::uint64_t version = roll_ % versions_;
    std::uint64_t extranonce = roll_ / versions_;
    for (auto& byte : extranonce_) {
        byte = static_cast<std::byte>(extranonce & 0xff);
        extranonce >>= 8;
    }
    header_.version = work_->version ^ spread(version, work_->version_mask);
    header_.merkle_root = merkle_root();
    midstate_ = bitcoin::header_midstate(header_);
}

void Cursor::next_roll() {
    if (rolls_ - roll_ <= stripe_.count) {
        is_exhausted_ = true;
        return;
    }
    roll_ += stripe_.count;
    begin_roll();
}

void Cursor::advance_ntime(base::SteadyTime now) {
    const auto elapsed = std::chrono::floor<std::chrono::seconds>(now - work_->ntime_since);
    const auto allowed =
        work_->min_ntime + static_cast<std::uint32_t>(std::max<std::int64_t>(0, elapsed.count()));
    if (allowed <= header_.ntime) return;
    header_.ntime = allowed;
    if (is_exhausted_) {
        is_exhausted_ = false;
        roll_ = stripe_.index;
        begin_roll();
    } else {
        midstate_ = bitcoin::header_midstate(header_);
    }
}

Cursor::Slice Cursor::scan(std::uint64_t count, base::SteadyTime now) {
    advance_ntime(now);
    if (is_exhausted_) return {};
    const std::uint64_t tried = std::min(count, nonce_end_ - nonce_);
    const auto first = static_cast<std::uint32_t>(nonce_);
    const auto hit = bitcoin::scan_nonces(midstate_, first, tried, work_->target);
    Slice slice;
    if (!hit) {
        slice.hashes = tried;
        nonce_ += tried;
        if (nonce_ == nonce_end_) next_roll();
        return slice;
    }
    slice.hashes = hit->nonce - first + std::uint64_t{1};
    auto header = header_;
    header.nonce = hit->nonce;
    slice.found = FoundShare{.connection = work_->connection,
                             .channel = work_->channel,
                             .tip = work_->tip,
                             .job_id = work_->job_id,
                             .header = header,
                             .hash = hit->hash,
                             .target = work_->target,
                             .extranonce_prefix = work_->extranonce_prefix,
                             .extranonce = extranonce_};
    nonce_ += slice.hashes;
    // A CPU never uses up the nonces: moving on after each share exercises the other fields too.
    const bool has_another_roll = rolls_ - roll_ > stripe_.count;
    if (nonce_ == nonce_end_ || has_another_roll) next_roll();
    return slice;
}

}  // namespace miner
