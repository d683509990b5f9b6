#include "auditor/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

namespace auditor {
namespace {

std::string name_of(mining::ChannelKey key) {
    return fmt::format("{:016x}", key.value);
}

std::string_view text_of(const std::optional<mining::ShareError>& error) {
    return error ? mining::error_code(*error) : std::string_view{"accepted"};
}

std::size_t mix(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::size_t>((a ^ (b * 0x9e3779b97f4a7c15U)) * 0xbf58476d1ce4e5b9U);
}

}  // namespace

std::size_t Audit::Hasher::operator()(const ShareName& name) const {
    std::uint64_t low = 0;
    std::memcpy(&low, name.hash.value.bytes.data(), sizeof low);
    return mix(low, name.channel.value);
}
std::size_t Audit::Hasher::operator()(const BareName& name) const {
    return mix((std::uint64_t{name.sequence_number} << 32) | name.nonce, name.channel.value);
}

Audit::Audit(std::vector<JournalChannel> journal, Sv1Audit sv1)
    : journal_(std::move(journal)), sv1_(std::move(sv1)) {
    std::size_t shares = 0;
    for (const auto& channel : journal_) shares += channel.shares.size();
    accounts_.reserve(shares);
    for (std::size_t i = 0; i < journal_.size(); ++i) {
        auto& channel = journal_[i];
        places_.emplace(channel.key, i);
        for (const auto& share : channel.shares) ++accounts_[{channel.key, share.hash}].submitted;
        const auto is_before = [](const SubmittedShare& a, const SubmittedShare& b) {
            return a.sequence_number < b.sequence_number;
        };
        if (!std::is_sorted(channel.shares.begin(), channel.shares.end(), is_before))
            std::stable_sort(channel.shares.begin(), channel.shares.end(), is_before);
    }
}

void Audit::violate(const char* invariant, std::string what) {
    report_.violations.push_back({invariant, std::move(what)});
}

void Audit::add_missing(std::uint32_t partition, const std::string& what) {
    violate("I1", fmt::format("log of partition {}: {}", partition, what));
}

void Audit::add(const share_log::Record& record) {
    ++report_.ledger_records;
    sv1_.add(record);
    for (std::size_t i = 0; i < record.batch.shares.size(); ++i) add_share(record, i);
    for (const auto& open : record.result.opens)
        if (open.error_code.empty() && !opened_.insert(open.key).second)
            violate("I7",
                    fmt::format("channel {} was opened twice in the ledger", name_of(open.key)));
    for (const auto& job : record.batch.jobs) {
        const auto key = job.record.channel.to_bytes();
        const auto prefix = job.record.extranonce_prefix.bytes();
        if (prefix.size() < key.size() || !std::equal(key.begin(), key.end(), prefix.begin()))
            violate("I7", fmt::format("channel {}: a job's extranonce prefix is another's",
                                      name_of(job.record.channel)));
    }
}

void Audit::add_share(const share_log::Record& record, std::size_t place) {
    const auto& share = record.batch.shares[place];
    const auto& job = record.batch.jobs[share.job].record;
    const auto& verdict = record.result.verdicts[place];
    const auto& hash = record.hashes[place];
    const auto key = job.channel;
    const auto sequence = share.submitted.sequence_number;
    ++report_.ledger_shares;
    if (!verdict.error) ++report_.ledger_credited;

    const auto deserved = deserved_verdict(record, place);
    const bool is_duplicate = verdict.error == mining::ShareError::duplicate_share;
    // A duplicate is a share that would have been accepted, and was before.
    if (is_duplicate ? deserved.error.has_value() : verdict.error != deserved.error)
        violate("I5", fmt::format("channel {}: share {} is {} in the ledger, and by its record {}",
                                  name_of(key), sequence, text_of(verdict.error),
                                  text_of(deserved.error)));
    if (verdict.solves_block != deserved.solves_block)
        violate("I5", fmt::format("channel {}: share {} {} a block, and by its record it does{}",
                                  name_of(key), sequence,
                                  verdict.solves_block ? "solves" : "does not solve",
                                  deserved.solves_block ? "" : " not"));
    if (const auto due = verdict.error ? 0 : worth(deserved.target); verdict.difficulty.q32 != due)
        violate("I5", fmt::format("channel {}: share {} is credited with {}/2^32, and its target "
                                  "is worth {}/2^32",
                                  name_of(key), sequence, verdict.difficulty.q32, due));
    check_against_journal(record, place);

    if (!hash) {
        const auto times = ++bare_[{key, sequence, share.submitted.nonce}];
        if (times > 1 || submitted(key, sequence, share.submitted.nonce) == nullptr)
            violate("I2", fmt::format("channel {}: share {} without a hash is in the ledger {} "
                                      "times and was{} submitted",
                                      name_of(key), sequence, times, times > 1 ? " once" : " not"));
        return;
    }
    if (sv1_.add_share(*hash, verdict)) return;
    auto& account = accounts_[{key, *hash}];
    if (is_duplicate && account.credited == 0)
        violate("I5", fmt::format("channel {}: share {} ({}) is a duplicate of nothing that was "
                                  "credited before",
                                  name_of(key), sequence, hash->value.to_be_hex()));
    if (++account.entries > account.submitted)
        violate("I2", fmt::format("channel {}: share {} ({}) is in the ledger {} times and was "
                                  "submitted {} times",
                                  name_of(key), sequence, hash->value.to_be_hex(), account.entries,
                                  account.submitted));
    if (verdict.error) return;
    ++account.credited;
    account.difficulty_q32 += verdict.difficulty.q32;
}

std::uint64_t Audit::worth(const bitcoin::Target& target) {
    if (target != last_target_) {
        last_target_ = target;
        last_worth_ = difficulty_q32(target);
    }
    return last_worth_;
}

/// What the miner hashed is what the ledger judged, and the miner was told what the ledger says.
void Audit::check_against_journal(const share_log::Record& record, std::size_t place) {
    const auto& share = record.batch.shares[place];
    const auto& job = record.batch.jobs[share.job].record;
    const auto sequence = share.submitted.sequence_number;
    const auto* sent = submitted(job.channel, sequence, share.submitted.nonce);
    if (sent == nullptr) return;
    const auto& channel = journal_[places_.at(job.channel)];
    const auto& error = record.result.verdicts[place].error;
    if (const auto told = channel.rejected.find(sequence); told != channel.rejected.end())
        if (error && told->second != mining::error_code(*error))
            violate("I5", fmt::format("{}: share {} was answered {} and is {} in the ledger",
                                      channel.name, sequence, told->second, text_of(error)));
    if (error == mining::ShareError::duplicate_share && channel.is_acknowledged(*sent))
        violate("I4", fmt::format("{}: share {} was acknowledged and is a duplicate in the ledger",
                                  channel.name, sequence));
    if (!sent->has_header || !record.hashes[place]) return;
    const auto* facts = record.find(job.template_ref);
    const bool is_same = sent->hash == *record.hashes[place] &&
                         sent->ntime == share.submitted.ntime &&
                         sent->version == share.submitted.version && facts != nullptr &&
                         sent->prev_hash == facts->prev_hash && sent->nbits == facts->nbits;
    if (!is_same)
        violate("I5", fmt::format("{}: share {} was judged by another header than the miner's",
                                  channel.name, sequence));
}

const Audit::Account* Audit::find(mining::ChannelKey key, const bitcoin::BlockHash& hash) const {
    const auto at = accounts_.find({key, hash});
    return at == accounts_.end() ? nullptr : &at->second;
}

const SubmittedShare* Audit::submitted(mining::ChannelKey key, std::uint32_t sequence_number,
                                       std::uint32_t nonce) const {
    const auto place = places_.find(key);
    if (place == places_.end()) return nullptr;
    const auto& shares = journal_[place->second].shares;
    auto at = std::lower_bound(shares.begin(), shares.end(), sequence_number,
                               [](const SubmittedShare& share, std::uint32_t number) {
                                   return share.sequence_number < number;
                               });
    for (; at != shares.end() && at->sequence_number == sequence_number; ++at)
        if (at->nonce == nonce) return &*at;
    return nullptr;
}

Report Audit::finish() {
    for (const auto& channel : journal_) check_channel(channel);
    for (const auto& [name, account] : accounts_)
        if (account.credited > 1)
            violate("I3",
                    fmt::format("channel {}: share {} is credited {} times", name_of(name.channel),
                                name.hash.value.to_be_hex(), account.credited));
    check_prefixes();
    sv1_.finish(report_.violations);
    report_.sv1 = sv1_.report();
    std::stable_sort(report_.violations.begin(), report_.violations.end(),
                     [](const Violation& a, const Violation& b) {
                         return std::tie(a.invariant, a.what) < std::tie(b.invariant, b.what);
                     });
    return std::move(report_);
}

void Audit::check_channel(const JournalChannel& channel) {
    ++report_.channels;
    std::uint64_t acknowledged = 0;
    bitcoin::DifficultySum credited;
    for (const auto& share : channel.shares) {
        ++report_.submitted;
        const auto* account = find(channel.key, share.hash);
        if (channel.rejected.contains(share.sequence_number)) {
            ++report_.rejected;
            // Unless the same header was sent again and this is the answer to the repetition.
            if (account->credited > 0 && account->submitted == 1)
                violate("I4",
                        fmt::format("{}: share {} ({}) was rejected and is credited", channel.name,
                                    share.sequence_number, share.hash.value.to_be_hex()));
            continue;
        }
        if (!channel.is_acknowledged(share)) {
            ++report_.unknown;
            continue;
        }
        ++report_.acknowledged;
        ++acknowledged;
        if (account->credited == 0) {
            violate("I1",
                    fmt::format("{}: share {} ({}) was acknowledged and is not {}", channel.name,
                                share.sequence_number, share.hash.value.to_be_hex(),
                                account->entries == 0 ? "in the ledger" : "credited"));
            continue;
        }
        credited += bitcoin::Difficulty{account->difficulty_q32};
    }
    if (acknowledged != channel.accepted_count)
        violate("I4", fmt::format("{}: told of {} accepted shares, and {} have no other answer",
                                  channel.name, channel.accepted_count, acknowledged));
    if (credited.whole() != channel.accepted_sum)
        violate("I4", fmt::format("{}: told of a sum of {}, and the ledger credits {} for the same "
                                  "shares",
                                  channel.name, channel.accepted_sum, credited.whole()));
}

void Audit::check_prefixes() {
    for (std::size_t i = 0; i < journal_.size(); ++i) {
        const auto first = places_.at(journal_[i].key);
        if (first != i)
            violate("I7",
                    fmt::format("prefix {} was given to {} and to {}", name_of(journal_[i].key),
                                journal_[first].name, journal_[i].name));
    }
}

}  // namespace auditor
