#include "auditor/verdict.h"

#include <chrono>

namespace auditor {
namespace {

using Error = mining::ShareError;

/// BIP 323: what miners may change of a header's version.
constexpr std::uint32_t rollable_bits = 0x1fffffe0;
/// Consensus: how far ntime may run ahead of the clock.
constexpr std::int64_t ahead_max_s = 2 * 60 * 60;

std::optional<Error> defect(const bus::Share& share, const mining::JobRecord& job,
                            const share_log::TemplateFacts& facts) {
    const auto& submitted = share.submitted;
    if (submitted.state == mining::JobState::stale || submitted.state == mining::JobState::closed)
        return Error::stale_share;
    if (submitted.extranonce.size() != job.extranonce_size) return Error::bad_extranonce_size;
    const auto received_s =
        std::chrono::duration_cast<std::chrono::seconds>(submitted.received_at.time_since_epoch())
            .count();
    const auto ntime = std::int64_t{submitted.ntime};
    if (ntime < facts.min_ntime || ntime > received_s + ahead_max_s) return Error::invalid_share;
    if (submitted.version == facts.version) return std::nullopt;
    if (!job.version_rolling_allowed) return Error::version_rolling_not_allowed;
    if ((submitted.version & ~rollable_bits) != (facts.version & ~rollable_bits))
        return Error::invalid_non_rollable_version_bit;
    return std::nullopt;
}

/// Of the job's template, or of the job itself where a miner made it.
std::optional<share_log::TemplateFacts> facts_of(const share_log::Record& record,
                                                 const mining::JobRecord& job) {
    if (job.custom_job == mining::CustomJobId{}) {
        const auto* known = record.find(job.template_ref);
        return known == nullptr ? std::nullopt : std::optional{*known};
    }
    for (const auto& custom : record.batch.custom_jobs)
        if (mining::custom_job_id(custom) == job.custom_job)
            return share_log::facts_of(mining::template_of(custom));
    return std::nullopt;
}

}  // namespace

bool is_at_most(const bitcoin::Uint256& a, const bitcoin::Uint256& b) {
    for (std::size_t i = a.bytes.size(); i-- > 0;)
        if (a.bytes[i] != b.bytes[i]) return a.bytes[i] < b.bytes[i];
    return true;
}

Deserved deserved_verdict(const share_log::Record& record, std::size_t place) {
    const auto& share = record.batch.shares[place];
    const auto& job = record.batch.jobs[share.job].record;
    const auto& hash = record.hashes[place];
    const auto facts = facts_of(record, job);
    Deserved deserved;
    deserved.target = job.target;
    if (!facts) {
        // Nobody in the pool had the template: nobody works on it any more.
        deserved.error = Error::stale_share;
        return deserved;
    }
    deserved.error = defect(share, job, *facts);
    if (!hash) {
        deserved.may_be_invalid = !deserved.error;
        if (!deserved.error) deserved.error = Error::invalid_share;
        return deserved;
    }
    deserved.solves_block = is_at_most(hash->value, facts->network_target.value);
    if (is_at_most(hash->value, job.target.value)) return deserved;
    if (job.eased_target && is_at_most(hash->value, job.eased_target->value))
        deserved.target = *job.eased_target;
    else if (!deserved.error)
        deserved.error = Error::difficulty_too_low;
    return deserved;
}

}  // namespace auditor
