#include "translator/miner_session.h"

#include <algorithm>
#include <utility>

#include "sv1/notifications.h"
#include "translator/miner_session_answer.h"

namespace translator {

MinerSession::MinerSession(MinerContext& context, MinerOutlet& outlet, std::string peer)
    : context_(context),
      outlet_(outlet),
      peer_(std::move(peer)),
      number_(context.answers.enter(*this)),
      since_(context.clock.steady_now()),
      firmware_(&firmware_of({})),
      meter_(since_) {}

MinerSession::~MinerSession() {
    context_.answers.leave(number_);
}

void MinerSession::on_line(const sv1::Message& message) {
    // A miner answers what we do not ask: a pong, say.
    if (is_closed_ || !std::holds_alternative<sv1::Request>(message)) return;
    on_request(std::get<sv1::Request>(message));
}

void MinerSession::on_request(const sv1::Request& request) {
    if (request.call) {
        std::visit([&](const auto& call) { on_call(request.id, call); }, *request.call);
    } else if (request.method == "mining.submit") {
        reject(request.id, ShareReason::malformed, sv1::error_text(request.call.error()));
    } else {
        refuse_call(request.id, request.call.error());
    }
}

void MinerSession::on_bad_line(sv1::ParseError error) {
    if (is_closed_) return;
    const auto code = sv1::error_code(error);
    context_.metrics.bad_lines.with({std::string{code}}).add();
    answer(sv1::Id::null(), [&](std::string& out) {
        sv1::append_error(sv1::Id::null(), sv1::ErrorCode::other, code, out);
    });
    if (++bad_lines_ > bad_lines_max) close("bad-lines");
}

void MinerSession::refuse_call(const sv1::Id& id, sv1::CallError error) {
    answer(id, [&](std::string& out) {
        sv1::append_error(id, sv1::ErrorCode::other, sv1::error_text(error), out);
    });
}

void MinerSession::on_tick() {
    if (is_closed_) return;
    const auto now = context_.clock.steady_now();
    const auto& settings = context_.settings;
    const bool waits = channel_ && channel_->is_open() && !channel_->is_ready();
    const auto& channels = context_.channels;
    if ((waits && now - channel_->waiting_since() >= settings.leave_after) ||
        (!channels.is_served() && now - channels.unserved_since() >= settings.leave_after))
        return close("no-pool");
    if (owes_job_ && !outlet_.is_backed_up())
        send_job(NotifyKind::job);
    else if (now - last_notify_ >= settings.keep_alive)
        send_job(NotifyKind::keep_alive);
}

void MinerSession::ask_to_leave() {
    if (is_closed_ || is_leaving_) return;
    is_leaving_ = true;
    // Who has not been answered yet does not listen; the end of the connection says it too.
    if (!is_subscribed_) return;
    sv1::append_call(sv1::Reconnect{}, outlet_.lines());
    outlet_.flush_soon();
}

void MinerSession::on_end() {
    is_closed_ = true;
    held_.clear();
    unanswered_.clear();
    if (!channel_) return;
    channel_->attach(nullptr);
    // Only who was told its session id can name it, and this process has no later.
    const auto session = channel_->session();
    if (is_subscribed_ && channel_->is_open() && !is_leaving_)
        context_.sessions.park(session, std::move(channel_), context_.clock.steady_now());
    channel_.reset();
}

void MinerSession::close(std::string_view reason) {
    if (is_closed_) return;
    is_closed_ = true;
    outlet_.close(reason);
}

void MinerSession::hold(HeldAnswer::Kind kind, const sv1::Id& id, std::string_view text) {
    if (held_.size() == held_max) return close("too-many-requests");
    held_.push_back({.kind = kind, .id = id, .text = std::string{text}});
}

void MinerSession::release_held() {
    const bool was_subscribed = is_subscribed_;
    const auto released = [this](const HeldAnswer& held) {
        switch (held.kind) {
            case HeldAnswer::Kind::text: outlet_.lines().append(held.text); return true;
            case HeldAnswer::Kind::subscribe: return release_subscribe(held);
            case HeldAnswer::Kind::authorize: return release_authorize(held);
        }
        return true;
    };
    const auto first_waiting = std::find_if_not(held_.begin(), held_.end(), released);
    if (first_waiting == held_.begin()) return;
    held_.erase(held_.begin(), first_waiting);
    if (held_.empty()) held_.shrink_to_fit();
    outlet_.flush_soon();
    if (is_subscribed_ && !was_subscribed) send_job(NotifyKind::job);
}

void MinerSession::refuse_held(std::string_view code) {
    const auto text = "The pool has refused: " + printable(code);
    for (const auto& held : std::exchange(held_, {})) {
        auto& out = outlet_.lines();
        if (held.kind == HeldAnswer::Kind::text) {
            out.append(held.text);
        } else if (held.kind == HeldAnswer::Kind::authorize) {
            context_.metrics.authorize_refused.add();
            if (!held.id.is_absent()) sv1::append_result(held.id, false, out);
        } else if (!held.id.is_absent()) {
            sv1::append_error(held.id, sv1::ErrorCode::other, text, out);
        }
    }
    outlet_.flush_soon();
}

void MinerSession::on_channel_terms() {
    if (is_closed_) return;
    // It must be told before the job that needs it, or go: some cannot be told.
    if (is_subscribed_ && channel_->untold_extranonce() && !takes_extranonces_) {
        context_.metrics.extranonce_changes.add();
        return close("extranonce-changed");
    }
    release_held();
}

void MinerSession::on_channel_interrupted() {
    // Where it goes on, it begins with what it has shown here.
    update_start();
}

void MinerSession::on_channel_refused(std::string_view code) {
    if (is_closed_) return;
    const bool asked_to_subscribe = std::ranges::any_of(
        held_, [](const HeldAnswer& held) { return held.kind == HeldAnswer::Kind::subscribe; });
    const bool was_authorized = is_authorized();
    refuse_held(code);
    // Without an account that counts there is nothing to be done; before that it may try another.
    if (was_authorized) return close("channel-closed");
    const bool needs_channel = context_.settings.prefix_in == PrefixIn::extranonce1;
    if (asked_to_subscribe || (needs_channel && is_subscribed_) || ++refusals_ > refusals_max)
        close("channel-refused");
}

std::size_t MinerSession::memory() const {
    std::size_t bytes = sizeof *this + peer_.capacity() + agent_.capacity() +
                        workers_.capacity() * sizeof(std::string) +
                        held_.capacity() * sizeof(HeldAnswer) +
                        unanswered_.capacity() * sizeof(Unanswered);
    for (const auto& worker : workers_) bytes += worker.capacity();
    for (const auto& held : held_) bytes += held.text.capacity();
    return bytes + (channel_ ? channel_->memory() : 0);
}

MinerStatus MinerSession::status() const {
    MinerStatus status{.workers = workers_,
                       .agent = agent_,
                       .firmware = firmware_->name,
                       .is_subscribed = is_subscribed_,
                       .has_job = said_difficulty_ && channel_ && channel_->current() != nullptr,
                       .difficulty = said_difficulty_.value_or(0),
                       .hash_rate_hps = meter_.hash_rate_hps(context_.clock.steady_now()),
                       .accepted = accepted_,
                       .short_of_pool = short_of_pool_,
                       .disagreed = disagreed_,
                       .last_share = last_share_,
                       .since = since_};
    if (is_subscribed_ && channel_) status.session = to_text(channel_->session());
    std::ranges::copy(rejected_, status.rejected.begin());
    return status;
}

}  // namespace translator
