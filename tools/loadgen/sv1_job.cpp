#include "loadgen/sv1_job.h"

#include "bitcoin/merkle.h"
#include "bitcoin/sha256.h"

namespace loadgen {
namespace {

constexpr std::uint64_t misses_tried_max = 64;

}  // namespace

Sv1Job job_of(const sv1::Notify& notify, const sv1::ExtranonceBytes& extranonce1,
              std::size_t extranonce2_size, const bitcoin::Target& target) {
    return {.id = std::string{notify.job_id},
            .prev_hash = bitcoin::BlockHash{notify.prev_hash},
            .coinbase1 = base::to_bytes(notify.coinbase1),
            .coinbase2 = base::to_bytes(notify.coinbase2),
            .merkle_branch = {notify.merkle_branch.begin(), notify.merkle_branch.end()},
            .version = notify.version,
            .nbits = notify.nbits,
            .ntime = notify.ntime,
            .extranonce1 = extranonce1,
            .extranonce2_size = extranonce2_size,
            .target = target};
}

void ShareSearch::begin(const Sv1Job& job, const sv1::ExtranonceBytes& extranonce2,
                        std::uint32_t ntime, std::uint32_t version) {
    bitcoin::Sha256 coinbase;
    coinbase.update(job.coinbase1).update(job.extranonce1.view()).update(extranonce2.view());
    coinbase.update(job.coinbase2);
    header_ = {
        .version = version,
        .prev_hash = job.prev_hash,
        .merkle_root = bitcoin::fold_merkle_path(coinbase.double_digest(), job.merkle_branch),
        .ntime = ntime,
        .nbits = job.nbits,
        .nonce = 0};
    midstate_ = bitcoin::header_midstate(header_);
    extranonce2_ = extranonce2;
    target_ = job.target;
    network_target_ = bitcoin::expand_nbits(job.nbits).value_or(bitcoin::Target{});
}

bool ShareSearch::is_wanted(const bitcoin::BlockHash& hash) const {
    return !avoids_blocks_ || !network_target_.is_met_by(hash);
}

ShareSearch::Step ShareSearch::search(std::uint64_t hashes_max) {
    Step step;
    while (step.hashes < hashes_max) {
        const auto left = hashes_max - step.hashes;
        const auto hit = bitcoin::scan_nonces(midstate_, header_.nonce, left, target_);
        if (!hit) {
            header_.nonce += static_cast<std::uint32_t>(left);
            step.hashes = hashes_max;
            break;
        }
        // In 32 bits, as the nonce wraps.
        const std::uint32_t before = hit->nonce - header_.nonce;
        step.hashes += std::uint64_t{before} + 1;
        header_.nonce = hit->nonce;
        if (is_wanted(hit->hash))
            step.found =
                FoundShare{.extranonce2 = extranonce2_, .header = header_, .hash = hit->hash};
        ++header_.nonce;
        if (step.found) break;
    }
    return step;
}

ShareSearch::Step ShareSearch::search_miss() {
    Step step;
    while (step.hashes < misses_tried_max) {
        const auto hash = bitcoin::header_hash(header_);
        ++step.hashes;
        if (!target_.is_met_by(hash) && is_wanted(hash))
            step.found = FoundShare{.extranonce2 = extranonce2_, .header = header_, .hash = hash};
        ++header_.nonce;
        if (step.found) break;
    }
    return step;
}

sv1::ExtranonceBytes extranonce2_of(std::uint64_t value, std::size_t size) {
    sv1::ExtranonceBytes bytes;
    bytes.size = std::min(size, bytes.bytes.size());
    for (std::size_t i = bytes.size; i-- > 0; value >>= 8)
        bytes.bytes[i] = static_cast<std::byte>(value & 0xffU);
    return bytes;
}

}  // namespace loadgen
