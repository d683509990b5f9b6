#include "auditor/verdict.h"

#include <array>
#include <chrono>
#include <limits>

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

/// A number of 320 bits, least significant word first: a dividend and its remainder with room.
using Wide = std::array<std::uint32_t, 10>;

bool is_less(const Wide& a, const Wide& b) {
    for (std::size_t i = a.size(); i-- > 0;)
        if (a[i] != b[i]) return a[i] < b[i];
    return false;
}

void subtract(Wide& from, const Wide& what) {
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        auto digit = std::int64_t{from[i]} - std::int64_t{what[i]} - borrow;
        borrow = digit < 0 ? 1 : 0;
        if (digit < 0) digit += std::int64_t{1} << 32;
        from[i] = static_cast<std::uint32_t>(digit);
    }
}

void shift_in(Wide& number, std::uint32_t bit) {
    for (auto& word : number) {
        const auto top = word >> 31;
        word = (word << 1) | bit;
        bit = top;
    }
}

}  // namespace

bool is_at_most(const bitcoin::Uint256& a, const bitcoin::Uint256& b) {
    for (std::size_t i = a.bytes.size(); i-- > 0;)
        if (a.bytes[i] != b.bytes[i]) return a.bytes[i] < b.bytes[i];
    return true;
}

std::uint64_t difficulty_q32(const bitcoin::Target& target) {
    Wide divisor{};
    bool is_zero = true;
    for (std::size_t i = 0; i < 32; ++i) {
        divisor[i / 4] |= std::uint32_t{target.value.bytes[i]} << (8 * (i % 4));
        is_zero = is_zero && target.value.bytes[i] == 0;
    }
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    if (is_zero) return most;
    Wide remainder{};
    std::uint64_t quotient = 0;
    // The dividend's bits from the top: sixteen ones, then 240 zeros.
    for (int bit = 0; bit < 256; ++bit) {
        shift_in(remainder, bit < 16 ? 1 : 0);
        if (quotient >> 63 != 0) return most;
        quotient <<= 1;
        if (is_less(remainder, divisor)) continue;
        subtract(remainder, divisor);
        quotient |= 1;
    }
    return quotient;
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
