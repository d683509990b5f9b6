#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/planted_fault.h"
#include "bitcoin/difficulty.h"
#include "sv1/responses.h"
#include "sv1/text.h"
#include "translator/miner_session_answer.h"
#include "translator/share_check.h"
#include "translator/worker_name.h"

namespace translator {
namespace {

constexpr std::chrono::seconds disagreement_log_interval{10};
constexpr const char* no_pool_text = "No pool is connected that could credit the share";

ShareReason reason_of(ShareDefect defect) {
    switch (defect) {
        case ShareDefect::extranonce2_size: return ShareReason::extranonce2;
        case ShareDefect::ntime_too_early:
        case ShareDefect::ntime_too_late: return ShareReason::ntime;
        case ShareDefect::bits_missing:
        case ShareDefect::bits_not_agreed:
        case ShareDefect::bits_outside_mask: return ShareReason::version;
    }
    return ShareReason::rejected;
}

/// What a verdict of the pool's is called here; nothing for those that refuse nothing.
std::optional<ShareReason> reason_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::accepted:
        case Verdict::unknown: return std::nullopt;
        case Verdict::stale: return ShareReason::stale;
        case Verdict::duplicate: return ShareReason::duplicate;
        case Verdict::low: return ShareReason::low;
        case Verdict::rejected: return ShareReason::rejected;
    }
    return std::nullopt;
}

sv1::ErrorCode code_of(ShareReason reason) {
    switch (reason) {
        case ShareReason::not_subscribed: return sv1::ErrorCode::not_subscribed;
        case ShareReason::unauthorized: return sv1::ErrorCode::unauthorized_worker;
        case ShareReason::unknown_job:
        case ShareReason::stale:
        case ShareReason::no_pool: return sv1::ErrorCode::job_not_found;
        case ShareReason::duplicate: return sv1::ErrorCode::duplicate_share;
        case ShareReason::low: return sv1::ErrorCode::low_difficulty_share;
        case ShareReason::malformed:
        case ShareReason::extranonce2:
        case ShareReason::ntime:
        case ShareReason::version:
        case ShareReason::rejected: break;
    }
    return sv1::ErrorCode::other;
}

}  // namespace

void MinerSession::on_call(const sv1::Id& id, const sv1::Submit& call) {
    if (const auto reason = standing_of(call))
        return reject(id, *reason, *reason == ShareReason::no_pool ? no_pool_text : "");
    auto reason = ShareReason::unknown_job;
    const auto* const job = find_job(call.job_id, reason);
    if (job == nullptr) return reject(id, reason);
    const auto unix_now = base::to_unix_seconds(context_.clock.unix_now());
    const auto checked = check_share(*job, call, unix_now);
    if (!checked) return reject(id, reason_of(checked.error()), error_text(checked.error()));
    if (checked->worth == ShareWorth::low) return reject(id, ShareReason::low);
    if (!channel_->seen().insert(checked->hash)) return reject(id, ShareReason::duplicate);
    if (checked->worth == ShareWorth::full) return forward(id, call, *job, *checked);
    // The miner was told no better: it is honest work, which the pool has no use for.
    const auto now = context_.clock.steady_now();
    ++short_of_pool_;
    context_.metrics.shares_short.add();
    meter_.add(job->difficulty, now);
    accept(id, now);
}

/// Why whatever the miner submits does not count now.
std::optional<ShareReason> MinerSession::standing_of(const sv1::Submit& share) const {
    if (!is_subscribed_) return ShareReason::not_subscribed;
    if (!is_worker(share.worker)) return ShareReason::unauthorized;
    if (!channel_ || !channel_->is_ready()) return ShareReason::no_pool;
    return std::nullopt;
}

const MinerJob* MinerSession::find_job(std::string_view job_id, ShareReason& reason) {
    const auto id = sv1::parse_job_id(job_id);
    if (!id) return nullptr;
    if (channel_->jobs().has_ended(*id)) reason = ShareReason::stale;
    return channel_->jobs().find(*id);
}

void MinerSession::forward(const sv1::Id& id, const sv1::Submit& share, const MinerJob& job,
                           const CheckedShare& checked) {
    const auto now = context_.clock.steady_now();
    const auto worker = told_worker(share.worker, context_.settings.identity_follows_user);
    const auto ticket = channel_->submit(job, checked, share, worker);
    if (!ticket) return reject(id, ShareReason::stale);
    meter_.add(job.difficulty, now);
    const auto difficulty = bitcoin::difficulty_of(job.target).to_double();
    const auto usual = channel_->verdict_time();
    if ((usual && *usual > context_.settings.answer_within) ||
        unanswered_.size() >= unanswered_max || base::is_planted(base::Fault::answered_alone)) {
        context_.metrics.answers_at_once.add();
        context_.metrics.accepted_difficulty.add(difficulty);
        return accept(id, now);
    }
    unanswered_.push_back({*ticket, id, now, difficulty});
    context_.answers.add(number_, *ticket, now);
}

void MinerSession::accept(const sv1::Id& id, base::SteadyTime since) {
    const auto now = context_.clock.steady_now();
    ++accepted_;
    last_share_ = now;
    context_.metrics.shares_accepted.add();
    context_.metrics.share_answer_seconds.observe(
        std::chrono::duration<double>(now - since).count());
    answer_share(id, [&](std::string& out) { sv1::append_result(id, true, out); });
}

void MinerSession::reject(const sv1::Id& id, ShareReason reason, std::string_view text) {
    ++rejected_[static_cast<std::size_t>(reason)];
    context_.metrics.shares_rejected(reason).add();
    const auto code = code_of(reason);
    answer_share(id, [&](std::string& out) {
        sv1::append_error(id, code, text.empty() ? sv1::error_text(code) : text, out);
    });
}

void MinerSession::on_channel_verdict(ShareTicket ticket, Verdict verdict, std::string_view code) {
    if (is_closed_) return;
    const auto share = std::ranges::find(unanswered_, ticket, &Unanswered::ticket);
    if (verdict == Verdict::unknown) context_.metrics.shares_unconfirmed.add();
    if (share == unanswered_.end()) return note_disagreement(verdict, code);
    const auto answered = *share;
    unanswered_.erase(share);
    context_.metrics.answers_by_pool.add();
    answer_by_verdict(answered, verdict, code);
}

void MinerSession::answer_by_verdict(const Unanswered& share, Verdict verdict,
                                     std::string_view code) {
    const auto reason = reason_of(verdict);
    if (!reason) {
        context_.metrics.accepted_difficulty.add(share.difficulty);
        return accept(share.id, share.since);
    }
    const auto text =
        *reason == ShareReason::rejected ? "The pool has refused it: " + printable(code) : "";
    reject(share.id, *reason, text);
}

void MinerSession::on_answer_due(ShareTicket ticket) {
    const auto share = std::ranges::find(unanswered_, ticket, &Unanswered::ticket);
    if (is_closed_ || share == unanswered_.end()) return;
    const auto answered = *share;
    unanswered_.erase(share);
    context_.metrics.answers_in_time.add();
    context_.metrics.accepted_difficulty.add(answered.difficulty);
    accept(answered.id, answered.since);
}

/// The miner was told that its share counts, and now the pool says it does not.
void MinerSession::note_disagreement(Verdict verdict, std::string_view code) {
    if (!reason_of(verdict)) return;
    ++disagreed_;
    context_.metrics.shares_disagreed(verdict).add();
    const auto now = context_.clock.steady_now();
    if (now < context_.next_disagreement_log) return;
    context_.next_disagreement_log = now + disagreement_log_interval;
    base::log_warning("a pool refused a share after it had been answered as accepted",
                      {{"peer", peer_}, {"code", printable(code)}});
}

}  // namespace translator
