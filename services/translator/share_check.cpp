#include "translator/share_check.h"

#include <array>

#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "mining/judge.h"
#include "sv1/version_rolling.h"

namespace translator {
namespace {

ShareDefect defect_of(sv1::VersionError error) {
    switch (error) {
        case sv1::VersionError::bits_missing: return ShareDefect::bits_missing;
        case sv1::VersionError::bits_not_agreed: return ShareDefect::bits_not_agreed;
        case sv1::VersionError::bits_outside_mask: return ShareDefect::bits_outside_mask;
    }
    return ShareDefect::bits_outside_mask;
}

/// The bytes that we roll. Together with the prefix they are at most as many as an extranonce has.
mining::Extranonce rolled_bytes(const ExtranonceLayout& layout, base::ByteView extranonce2) {
    std::array<std::byte, mining::extranonce_size_max> bytes{};
    const auto head = layout.head.bytes();
    std::copy(head.begin(), head.end(), bytes.begin());
    std::copy(extranonce2.begin(), extranonce2.end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(head.size()));
    return *mining::Extranonce::from(base::ByteView{bytes}.first(head.size() + extranonce2.size()));
}

bitcoin::BlockHash hash_of(const MinerJob& job, const sv1::Submit& share, std::uint32_t version,
                           const mining::Extranonce& rolled) {
    const auto& parts = *job.shared->parts;
    const auto& tip = *job.shared->tip;
    auto coinbase = job.shared->begun;
    coinbase.update(*job.layout->prefix).update(rolled.bytes()).update(parts.coinbase_suffix);
    return bitcoin::header_hash(bitcoin::Header{
        .version = version,
        .prev_hash = tip.prev_hash,
        .merkle_root = bitcoin::fold_merkle_path(coinbase.double_digest(), parts.merkle_path),
        .ntime = share.ntime,
        .nbits = tip.nbits,
        .nonce = share.nonce});
}

ShareWorth worth_of(const MinerJob& job, const bitcoin::BlockHash& hash) {
    if (job.target.is_met_by(hash)) return ShareWorth::full;
    return job.told_target.is_met_by(hash) ? ShareWorth::enough : ShareWorth::low;
}

}  // namespace

const char* error_text(ShareDefect defect) {
    switch (defect) {
        case ShareDefect::extranonce2_size: return "extranonce2 has the wrong size";
        case ShareDefect::ntime_too_early: return "ntime is before the block's earliest";
        case ShareDefect::ntime_too_late: return "ntime is more than two hours ahead";
        case ShareDefect::bits_missing: return error_text(sv1::VersionError::bits_missing);
        case ShareDefect::bits_not_agreed: return error_text(sv1::VersionError::bits_not_agreed);
        case ShareDefect::bits_outside_mask:
            return error_text(sv1::VersionError::bits_outside_mask);
    }
    return "";
}

base::Result<CheckedShare, ShareDefect> check_share(const MinerJob& job, const sv1::Submit& share,
                                                    std::uint32_t unix_now) {
    if (share.extranonce2.size != job.layout->extranonce2_size)
        return base::unexpected(ShareDefect::extranonce2_size);
    if (share.ntime < job.shared->tip->min_ntime)
        return base::unexpected(ShareDefect::ntime_too_early);
    if (share.ntime > std::uint64_t{unix_now} + mining::ntime_ahead_max)
        return base::unexpected(ShareDefect::ntime_too_late);
    const auto version =
        sv1::share_version(job.shared->parts->version, job.mask, share.version_bits);
    if (!version) return base::unexpected(defect_of(version.error()));
    CheckedShare checked{.version = *version,
                         .rolled = rolled_bytes(*job.layout, share.extranonce2.view())};
    checked.hash = hash_of(job, share, checked.version, checked.rolled);
    checked.worth = worth_of(job, checked.hash);
    return checked;
}

}  // namespace translator
