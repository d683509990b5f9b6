#include "auditor/sv1_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "auditor/verdict.h"

namespace auditor {
namespace {

std::string name_of(const Sv1Connection& connection, const Sv1Share& share) {
    return fmt::format("{}: share {} ({})", connection.name, share.request_id,
                       share.hash.value.to_be_hex());
}

}  // namespace

bool LocalAnswers::may_be(const Sv1Share& share) const {
    if (share.was_answered_alone) return true;
    if (after_us && share.answered_us - share.sent_us >= *after_us) return true;
    return std::ranges::any_of(times_us, [&](const auto& time) {
        return share.sent_us <= time.second && share.answered_us >= time.first;
    });
}

Sv1Audit::Sv1Audit(std::vector<Sv1Connection> journal, LocalAnswers local_answers)
    : journal_(std::move(journal)), local_answers_(std::move(local_answers)) {
    std::size_t shares = 0;
    for (const auto& connection : journal_) shares += connection.shares.size();
    accounts_.reserve(shares);
    for (std::size_t i = 0; i < journal_.size(); ++i) {
        for (const auto& share : journal_[i].shares) {
            auto& account = accounts_[share.hash];
            if (account.submitted++ == 0)
                account.first_connection = static_cast<std::uint32_t>(i);
            else if (account.first_connection != i && !journal_[i].is_resumed)
                early_.push_back(
                    {"I7", fmt::format("{} was found by {} before", name_of(journal_[i], share),
                                       journal_[account.first_connection].name)});
            account.accepted += share.answer == Sv1Share::Answer::accepted ? 1 : 0;
            account.unanswered += share.answer == Sv1Share::Answer::none ? 1 : 0;
        }
    }
}

void Sv1Audit::note(mining::ChannelKey channel, const bitcoin::Target& target) {
    const auto [known, is_new] = hardest_.emplace(channel, target);
    if (!is_new && is_at_most(target.value, known->second.value)) known->second = target;
}

void Sv1Audit::add(const share_log::Record& record) {
    if (journal_.empty()) return;
    for (const auto& job : record.batch.jobs) {
        const auto& of = job.record;
        note(of.channel, of.target);
        const LedgerJob name{of.channel, of.template_ref, of.variant};
        const auto [known, is_new] = targets_.emplace(name, of.target);
        if (!is_new && is_at_most(of.target.value, known->second.value)) known->second = of.target;
    }
    for (const auto& open : record.result.opens)
        if (open.error_code.empty()) note(open.key, open.target);
    for (const auto& event : record.batch.events)
        if (const auto* applied = std::get_if<bus::TargetApplied>(&event.body))
            note(applied->key, applied->target);
}

bool Sv1Audit::add_share(const bitcoin::BlockHash& hash, const bus::Verdict& verdict) {
    const auto at = accounts_.find(hash);
    if (at == accounts_.end()) return false;
    auto& account = at->second;
    const auto text = hash.value.to_be_hex();
    if (verdict.error == mining::ShareError::duplicate_share && account.credited == 0)
        early_.push_back(
            {"I5",
             fmt::format("share {} is a duplicate of nothing that was credited before", text)});
    if (++account.entries > account.submitted)
        early_.push_back({"I2", fmt::format("share {} is in the ledger {} times and was submitted "
                                            "{} times by an SV1 miner",
                                            text, account.entries, account.submitted)});
    if (!verdict.error && ++account.credited > 1)
        early_.push_back({"I3", fmt::format("share {} of an SV1 miner is credited {} times", text,
                                            account.credited)});
    return true;
}

void Sv1Audit::finish(std::vector<Violation>& violations) {
    violations.insert(violations.end(), early_.begin(), early_.end());
    report_.connections = journal_.size();
    for (const auto& connection : journal_)
        for (const auto& share : connection.shares) check(connection, share, violations);
}

void Sv1Audit::check(const Sv1Connection& connection, const Sv1Share& share,
                     std::vector<Violation>& violations) {
    ++report_.submitted;
    const auto& account = accounts_.at(share.hash);
    switch (share.answer) {
        case Sv1Share::Answer::none: ++report_.unknown; return;
        case Sv1Share::Answer::accepted:
            ++report_.accepted;
            return check_accepted(connection, share, account, violations);
        case Sv1Share::Answer::rejected: break;
    }
    ++report_.rejected;
    // Another submission of the same header may be what was credited.
    if (account.credited == 0 || account.accepted > 0 || account.unanswered > 0) return;
    if (local_answers_.may_be(share))
        ++report_.credited_unheard;
    else
        violations.push_back(
            {"I4", fmt::format("{} was rejected and is credited", name_of(connection, share))});
}

void Sv1Audit::check_accepted(const Sv1Connection& connection, const Sv1Share& share,
                              const Account& account, std::vector<Violation>& violations) {
    const auto name = [&] { return name_of(connection, share); };
    if (!is_at_most(share.hash.value, share.target.value))
        violations.push_back(
            {"I5", fmt::format("{} misses what the miner was told and was accepted", name())});
    if (account.accepted > 1)
        violations.push_back(
            {"I4", fmt::format("{} was accepted {} times", name(), account.accepted)});
    if (account.credited > 0) return;
    if (account.entries == 0 && misses_the_ledgers_target(share)) return;
    if (local_answers_.may_be(share)) {
        ++report_.told_locally;
        return;
    }
    violations.push_back({"I1", fmt::format("{} was accepted and is not {}", name(),
                                            account.entries == 0 ? "in the ledger" : "credited")});
}

bool Sv1Audit::misses_the_ledgers_target(const Sv1Share& share) {
    if (!share.job) return false;
    if (const auto job = targets_.find(*share.job); job != targets_.end()) {
        if (is_at_most(share.hash.value, job->second.value)) return false;
        ++report_.is_short;
        return true;
    }
    const auto channel = hardest_.find(share.job->channel);
    if (channel == hardest_.end() || is_at_most(share.hash.value, channel->second.value))
        return false;
    ++report_.is_short_by_channel;
    return true;
}

}  // namespace auditor
