#include <algorithm>
#include <chrono>
#include <utility>

#include "sv1/notifications.h"
#include "translator/miner_session_answer.h"

namespace translator {

void MinerSession::on_channel_job() {
    send_job(NotifyKind::job);
}

/// The current job, behind all that has to be known before it: a miner applies each to the next
/// notify, and cgminer takes a second set_difficulty before that for the one after.
void MinerSession::send_job(NotifyKind kind) {
    if (is_closed_ || !is_subscribed_ || !channel_ || channel_->current() == nullptr) return;
    const bool is_clean = channel_->owes_clean();
    if (!is_clean && outlet_.is_backed_up()) {
        if (kind == NotifyKind::job) context_.metrics.jobs_skipped.add();
        owes_job_ = true;
        return;
    }
    if (!say_extranonce()) return;
    owes_job_ = false;
    const auto mask = job_mask();
    say_mask(mask);
    say_difficulty();
    const auto now = context_.clock.steady_now();
    const auto ntime = channel_->current_ntime(now);
    const auto& job = channel_->issue(mask, told_);
    context_.texts.of(job.shared)
        .append(job.id, job.layout->coinbase1_tail, ntime, is_clean, outlet_.lines());
    outlet_.flush_soon();
    count_notify(kind, is_clean, now);
    last_notify_ = now;
}

/// False when the miner cannot be told: then it has to come back and subscribe anew.
bool MinerSession::say_extranonce() {
    const auto untold = channel_->untold_extranonce();
    if (!untold) return true;
    context_.metrics.extranonce_changes.add();
    if (!takes_extranonces_) {
        close("extranonce-changed");
        return false;
    }
    channel_->tell_extranonce();
    sv1::append_call(sv1::SetExtranonce{untold->extranonce1,
                                        static_cast<std::uint32_t>(untold->extranonce2_size)},
                     outlet_.lines());
    return true;
}

/// What may be rolled in the current job; nothing where the miner has not asked to roll.
std::optional<std::uint32_t> MinerSession::job_mask() const {
    if (!granted_mask_) return std::nullopt;
    const bool is_fixed =
        channel_->is_version_fixed() || !channel_->current()->parts->may_roll_version;
    return is_fixed ? 0 : *granted_mask_;
}

void MinerSession::say_mask(std::optional<std::uint32_t> mask) {
    if (!mask || mask == said_mask_) return;
    said_mask_ = mask;
    sv1::append_call(sv1::SetVersionMask{*mask}, outlet_.lines());
}

void MinerSession::say_difficulty() {
    const auto& target = channel_->current()->target;
    if (!said_difficulty_ || target != told_for_) {
        told_for_ = target;
        told_ =
            sv1::tell_difficulty(target, stricter(context_.settings.rounding, firmware_->rounding));
    }
    if (said_difficulty_ == told_.difficulty) return;
    said_difficulty_ = told_.difficulty;
    sv1::append_call(sv1::SetDifficulty{told_.difficulty}, outlet_.lines());
}

void MinerSession::count_notify(NotifyKind kind, bool is_clean, base::SteadyTime now) {
    auto& metrics = context_.metrics;
    if (is_clean) {
        metrics.notifies_clean.add();
        note_new_tip(now);
    } else if (kind == NotifyKind::keep_alive) {
        metrics.notifies_keep_alive.add();
    } else {
        metrics.notifies_refresh.add();
    }
}

/// Who only joins was not kept waiting by the tip that it finds.
void MinerSession::note_new_tip(base::SteadyTime now) {
    if (last_notify_ == base::SteadyTime{}) return;
    const auto& tip = *channel_->current()->tip;
    const std::chrono::duration<double> since = now - tip.since;
    auto& metrics = context_.metrics;
    if (std::exchange(context_.newest_tip, tip.prev_hash) != tip.prev_hash)
        metrics.new_block_first_notify_seconds.set(since.count());
    metrics.new_block_last_notify_seconds.set(since.count());
    metrics.new_block_notify_seconds.observe(since.count());
}

}  // namespace translator
