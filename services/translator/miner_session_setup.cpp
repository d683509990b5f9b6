#include <algorithm>

#include "sv1/responses.h"
#include "translator/miner_session_answer.h"
#include "translator/start_difficulty.h"
#include "translator/worker_name.h"

namespace translator {
namespace {

constexpr std::size_t agent_size_max = 64;
/// A miner's hash rate is known by so many shares to a third.
constexpr std::uint64_t telling_shares = 10;

}  // namespace

void MinerSession::on_call(const sv1::Id& id, const sv1::Configure& call) {
    sv1::Granted granted;
    if (call.lists(sv1::version_rolling)) {
        const bool is_fixed = channel_ && channel_->is_version_fixed();
        granted_mask_ = sv1::granted_mask(call, is_fixed ? 0 : context_.settings.version_mask);
        granted.version_rolling_mask = said_mask_ = granted_mask_;
        if (channel_) channel_->jobs().grant(granted_mask_);
    }
    if (call.lists(sv1::minimum_difficulty) && call.minimum_difficulty) {
        minimum_difficulty_ = *call.minimum_difficulty;
        granted.minimum_difficulty = true;
        update_start();
    }
    if (call.lists(sv1::subscribe_extranonce))
        granted.subscribe_extranonce = takes_extranonces_ = true;
    answer(id, [&](std::string& out) { sv1::append_configured(id, call, granted, out); });
}

void MinerSession::on_call(const sv1::Id& id, const sv1::Subscribe& call) {
    agent_ = cut_text(call.user_agent, agent_size_max);
    firmware_ = &firmware_of(agent_);
    if (call.session_id) resume(*call.session_id);
    if (context_.settings.prefix_in == PrefixIn::extranonce1 && !channel().is_open())
        channel().open({}, start());
    else
        update_start();
    hold(HeldAnswer::Kind::subscribe, id, {});
    release_held();
}

void MinerSession::on_call(const sv1::Id& id, const sv1::Authorize& call) {
    wish(difficulty_in_password(call.password));
    const bool is_known = is_worker(call.user);
    if (is_known || !may_join(call.user)) {
        if (!is_known) context_.metrics.authorize_refused.add();
        answer(id, [&](std::string& out) { sv1::append_result(id, is_known, out); });
        return;
    }
    // A channel that the miner has come back to may have been another account's.
    if (!channel().is_open() || is_other_account(call.user)) channel().open(call.user, start());
    hold(HeldAnswer::Kind::authorize, id, call.user);
    release_held();
}

bool MinerSession::release_subscribe(const HeldAnswer& held) {
    const auto told = channel().tell_extranonce();
    if (!told) return false;
    is_subscribed_ = true;
    if (!held.id.is_absent())
        sv1::append_subscribed(held.id,
                               {.session_id = to_text(channel_->session()),
                                .extranonce1 = told->extranonce1.view(),
                                .extranonce2_size = told->extranonce2_size},
                               outlet_.lines());
    return true;
}

bool MinerSession::release_authorize(const HeldAnswer& held) {
    if (!channel_->is_ready()) return false;
    if (!is_worker(held.text)) workers_.push_back(held.text);
    context_.metrics.authorized.add();
    if (!held.id.is_absent()) sv1::append_result(held.id, true, outlet_.lines());
    return true;
}

MinerChannel& MinerSession::channel() {
    if (!channel_) {
        channel_ = std::make_unique<MinerChannel>(context_);
        channel_->attach(this);
    }
    return *channel_;
}

/// Where the miner was before, if that is still there and it has not begun anew.
void MinerSession::resume(std::string_view session) {
    if (is_subscribed_ || channel_) return;
    const auto id = parse_session_id(session);
    if (!id) return;
    auto parked = context_.sessions.take(*id);
    if (!parked || !parked->is_open()) return;
    channel_ = std::move(parked);
    channel_->attach(this);
    context_.metrics.resumed.add();
}

MinerChannel::Start MinerSession::start() const {
    return start_of(wished_difficulty_, minimum_difficulty_, *firmware_, context_.settings);
}

/// What is known of the miner has changed. What its shares say counts for more than its words.
void MinerSession::update_start() {
    if (!channel_ || !channel_->is_open()) return;
    auto now = start();
    if (channel_->has_accepted()) now.nominal_hash_rate_hps = channel_->nominal_hash_rate_hps();
    if (meter_.shares() >= telling_shares)
        now.nominal_hash_rate_hps = meter_.hash_rate_hps(context_.clock.steady_now());
    channel_->update(now);
}

void MinerSession::wish(std::optional<double> difficulty) {
    if (!difficulty || difficulty == wished_difficulty_) return;
    wished_difficulty_ = difficulty;
    // Later wishes would only throw back what the pool has learnt; some firmware repeats its own
    // every half minute.
    if (channel_ && !channel_->has_accepted()) update_start();
}

bool MinerSession::is_worker(std::string_view user) const {
    return std::ranges::find(workers_, user) != workers_.end();
}

bool MinerSession::may_join(std::string_view user) const {
    if (workers_.size() + held_.size() >= workers_max) return false;
    if (!context_.settings.identity_follows_user) return true;
    if (user.empty()) return false;
    const bool has_others =
        !workers_.empty() || std::ranges::any_of(held_, [](const HeldAnswer& held) {
            return held.kind == HeldAnswer::Kind::authorize;
        });
    return !has_others || !is_other_account(user);
}

/// The shares of this user would be credited to somebody else.
bool MinerSession::is_other_account(std::string_view user) const {
    return context_.settings.identity_follows_user && channel_ && !channel_->user().empty() &&
           account_of(channel_->user()) != account_of(user);
}

void MinerSession::on_call(const sv1::Id& id, const sv1::SuggestDifficulty& call) {
    wish(call.difficulty);
    answer(id, [&](std::string& out) { sv1::append_result(id, true, out); });
}

void MinerSession::on_call(const sv1::Id& id, const sv1::SuggestTarget& call) {
    wish(difficulty_of_target(call.target));
    answer(id, [&](std::string& out) { sv1::append_result(id, true, out); });
}

void MinerSession::on_call(const sv1::Id& id, const sv1::ExtranonceSubscribe&) {
    takes_extranonces_ = true;
    answer(id, [&](std::string& out) { sv1::append_result(id, true, out); });
}

void MinerSession::on_call(const sv1::Id& id, const sv1::Ping&) {
    answer(id, [&](std::string& out) { sv1::append_text_result(id, "pong", out); });
}

void MinerSession::on_call(const sv1::Id& id, const sv1::GetVersion&) {
    answer(id, [&](std::string& out) {
        sv1::append_text_result(id, "adit-translator/" ADIT_VERSION, out);
    });
}

}  // namespace translator
