#include "share_export/share_row.h"

#include <chrono>

#include "mining/custom_job.h"
#include "share_log/sums.h"

namespace share_export {
namespace {

/// The length of the sequence that begins here, as RFC 3629 allows it; 0 when it is none.
std::size_t sequence_length(std::string_view text) {
    const auto at = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return at(i) >= low && at(i) <= high;
    };
    const auto first = at(0);
    if (first == 0) return 0;
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned high = first == 0xed ? 0x9f : 0xbf;
        return follows(1, low, high) && follows(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned low = first == 0xf0 ? 0x90 : 0x80;
        const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
        return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

/// The height that a coinbase begins with (BIP 34); 0 when it begins with none.
std::uint32_t height_in(base::ByteView script_sig) {
    constexpr unsigned op_1 = 0x51;
    constexpr unsigned op_16 = 0x60;
    if (script_sig.empty()) return 0;
    const auto first = std::to_integer<unsigned>(script_sig.front());
    if (first >= op_1 && first <= op_16) return first - op_1 + 1;
    if (first == 0 || first > 4 || script_sig.size() <= first) return 0;
    std::uint32_t height = 0;
    for (std::size_t i = first; i > 0; --i)
        height = height << 8 | std::to_integer<std::uint32_t>(script_sig[i]);
    return height;
}

/// Of the job's template, or of the job itself where a miner made it.
std::optional<share_log::TemplateFacts> facts_of(const share_log::Record& record,
                                                 const mining::JobRecord& job) {
    if (job.custom_job == mining::CustomJobId{}) {
        const auto* known = record.find(job.template_ref);
        return known == nullptr ? std::nullopt : std::optional{*known};
    }
    for (const auto& custom : record.batch.custom_jobs) {
        if (mining::custom_job_id(custom) != job.custom_job) continue;
        auto facts = share_log::facts_of(mining::template_of(custom));
        facts.height = height_in(custom.coinbase_prefix);
        return facts;
    }
    return std::nullopt;
}

void set_facts(ShareRow& row, const share_log::TemplateFacts& facts) {
    if (facts.height != 0) row.height = facts.height;
    row.nbits = facts.nbits;
    row.network_target = facts.network_target;
    row.prev_hash = facts.prev_hash;
}

}  // namespace

base::UnixMicros ShareRow::committed_at() const {
    return base::UnixMicros{std::chrono::milliseconds{entry.ms}};
}

std::vector<ShareRow> rows_of(std::uint32_t partition, EntryId entry,
                              const share_log::Record& record) {
    const auto& batch = record.batch;
    std::vector<ShareRow> rows;
    rows.reserve(batch.shares.size());
    for (std::size_t i = 0; i < batch.shares.size(); ++i) {
        const auto& share = batch.shares[i];
        const auto& job = batch.jobs[share.job].record;
        const auto& channel = batch.channels[batch.jobs[share.job].channel];
        const auto& verdict = record.result.verdicts[i];
        const auto miner = share_log::miner_of(channel.user_identity, share.worker);
        ShareRow row{.partition = partition,
                     .entry = entry,
                     .index = static_cast<std::uint32_t>(i),
                     .received_at = share.submitted.received_at,
                     .gateway_epoch = batch.epoch.value,
                     .batch_sequence = batch.sequence,
                     .judged_by = record.worker.value,
                     .channel = job.channel,
                     .channel_kind = job.kind,
                     .user_identity = to_valid_text(channel.user_identity),
                     .identity = to_valid_text(miner.identity),
                     .worker = to_valid_text(miner.worker),
                     .sequence_number = share.submitted.sequence_number,
                     .job_id = job.job_id,
                     .job_state = share.submitted.state,
                     .template_ref = job.template_ref,
                     .variant = job.variant,
                     .outputs_id = job.outputs_id,
                     .reason = verdict.error,
                     .difficulty = verdict.difficulty,
                     .share_hash = record.hashes[i],
                     .solves_block = verdict.solves_block,
                     .target = job.target,
                     .eased_target = job.eased_target,
                     .nonce = share.submitted.nonce,
                     .ntime = share.submitted.ntime,
                     .version = share.submitted.version,
                     .extranonce_prefix = job.extranonce_prefix,
                     .extranonce = share.submitted.extranonce};
        if (job.custom_job.value != 0) row.custom_job = job.custom_job;
        if (const auto facts = facts_of(record, job)) set_facts(row, *facts);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string to_valid_text(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto length = sequence_length(bytes);
        if (length == 0)
            text += "\xef\xbf\xbd";
        else
            text += bytes.substr(0, length);
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return text;
}

}  // namespace share_export
