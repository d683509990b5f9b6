#include "loadgen/sv1_miner.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "sv1/difficulty.h"
#include "sv1/requests.h"
#include "sv1/responses.h"

namespace loadgen {
namespace {

using namespace std::chrono_literals;

// Firmware gives up on a pool that does not answer its greeting.
constexpr auto greeting_max = 60s;
constexpr auto reconnect_after = 1000ms;
constexpr std::uint32_t wanted_mask = 0x1fffe000;

/// Also from a pool that says `"12"` for 12.
std::optional<std::uint64_t> number_of(const sv1::Id& id) {
    auto text = id.json();
    if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_true(const sv1::Response& response) {
    const auto* result = std::get_if<bool>(&response.result);
    return !response.error && result != nullptr && *result;
}

}  // namespace

Sv1Miner::Sv1Miner(Sv1Context& context, Sv1Plan plan, base::SteadyTime now)
    : context_(context),
      plan_(std::move(plan)),
      record_(context.statistics.miners.emplace_back()),
      watch_(context.gap_min) {
    record_.name = plan_.user;
    record_.is_steady = plan_.stays == 0ms;
    record_.hash_rate_hps = plan_.hash_rate_hps;
    record_.since = now;
    if (plan_.avoids_blocks) search_.avoid_blocks();
}

double Sv1Miner::chance() {
    return static_cast<double>(context_.random.next_u64() >> 11) * 0x1p-53;
}

std::chrono::nanoseconds Sv1Miner::exponential(double mean_s) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(-std::log1p(-chance()) * mean_s));
}

void Sv1Miner::on_connecting(base::SteadyTime now) {
    connecting_since_ = now;
    watch_.wants_work(now);
}

Peer::Wish Sv1Miner::on_connected(base::SteadyTime now, std::string& out) {
    connection_ = context_.journal.connected(miner::PoolProtocol::sv1);
    ++context_.statistics.connections;
    ++record_.connections;
    answer_due_ = now + greeting_max;
    if (plan_.stays > 0ms)
        leaves_at_ = now + exponential(std::chrono::duration<double>(plan_.stays).count());
    greet(out);
    return Wish::stay;
}

void Sv1Miner::greet(std::string& out) {
    while (next_step_ < plan_.style->step_count && (!plan_.style->waits || asked_.empty()))
        ask(plan_.style->steps[next_step_++], out);
    if (next_step_ != plan_.style->step_count || !says_suggestion_last() || !is_authorized_) return;
    ++next_step_;
    ask(Step::suggest_difficulty, out);
}

bool Sv1Miner::says_suggestion_last() const {
    const auto steps = std::span{plan_.style->steps}.first(plan_.style->step_count);
    return plan_.always_suggests &&
           std::ranges::find(steps, Step::suggest_difficulty) == steps.end();
}

sv1::Id Sv1Miner::id_of(std::uint64_t number) const {
    if (!plan_.style->has_string_ids) return sv1::Id::of(number);
    return sv1::Id::of_text(std::to_string(number)).value_or(sv1::Id::of(number));
}

void Sv1Miner::ask(Step step, std::string& out) {
    const bool suggests = plan_.suggested_difficulty > 0;
    if (step == Step::suggest_difficulty && !suggests) return;
    const auto number = next_id_++;
    const auto id = id_of(number);
    switch (step) {
        case Step::configure: {
            constexpr std::array extensions{sv1::version_rolling};
            sv1::append_call(id,
                             sv1::Configure{.extensions = extensions,
                                            .version_rolling_mask = wanted_mask,
                                            .version_rolling_min_bit_count = 2},
                             out);
            break;
        }
        case Step::subscribe: {
            sv1::Subscribe subscribe{.user_agent = plan_.style->agent};
            if (plan_.style->resumes && !session_id_.empty()) subscribe.session_id = session_id_;
            sv1::append_call(id, subscribe, out);
            break;
        }
        case Step::authorize: {
            auto password = plan_.password;
            if (suggests && plan_.style->says_password_difficulty)
                sv1::append_difficulty(plan_.suggested_difficulty, password = "d=");
            sv1::append_call(id, sv1::Authorize{.user = plan_.user, .password = password}, out);
            break;
        }
        case Step::extranonce_subscribe:
            sv1::append_call(id, sv1::ExtranonceSubscribe{}, out);
            break;
        case Step::suggest_difficulty:
            sv1::append_call(id, sv1::SuggestDifficulty{plan_.suggested_difficulty}, out);
            break;
    }
    asked_.push_back({number, step});
}

Peer::Wish Sv1Miner::on_bytes(std::span<std::byte> received, base::SteadyTime now,
                              std::string& out) {
    base::ByteView bytes{received};
    while (true) {
        const auto line = lines_.take_line(bytes);
        if (!line) {
            odd("a line without an end");
            return Wish::leave;
        }
        if (!*line) break;
        if (on_line(**line, now, out) == Wish::leave) return Wish::leave;
    }
    if (plan_.in_flight > 0) fill(now, out);
    return Wish::stay;
}

Peer::Wish Sv1Miner::on_line(std::string_view line, base::SteadyTime now, std::string& out) {
    const auto message = context_.parser.parse(line);
    if (!message) {
        odd("a line that is not SV1");
        return Wish::stay;
    }
    if (const auto* request = std::get_if<sv1::Request>(&*message))
        return on_request(*request, now, out);
    if (!on_answer(std::get<sv1::Response>(*message), now, out)) odd("an answer to nothing");
    return Wish::stay;
}

bool Sv1Miner::on_answer(const sv1::Response& response, base::SteadyTime now, std::string& out) {
    const auto number = number_of(response.id);
    if (!number) return false;
    const auto asked = std::ranges::find(asked_, *number, &Asked::id);
    if (asked != asked_.end()) {
        const auto step = asked->step;
        asked_.erase(asked);
        on_greeting_answer(step, response, now, out);
        return true;
    }
    const auto sent = std::ranges::find(sent_, *number, &Sent::id);
    if (sent == sent_.end()) return false;
    const auto share = *sent;
    sent_.erase(sent);
    on_share_answer(share, response, now);
    return true;
}

void Sv1Miner::on_greeting_answer(Step step, const sv1::Response& response, base::SteadyTime now,
                                  std::string& out) {
    if (step == Step::configure) {
        const auto* granted = std::get_if<sv1::ConfigureResult>(&response.result);
        if (granted != nullptr && granted->version_rolling.value_or(false))
            mask_ = granted->version_rolling_mask.value_or(wanted_mask) & wanted_mask;
    } else if (step == Step::subscribe) {
        if (const auto* result = std::get_if<sv1::SubscribeResult>(&response.result))
            on_subscribed(*result);
        else
            odd("subscribe was refused");
    } else if (step == Step::authorize) {
        on_authorized(is_true(response), now);
    }
    greet(out);
    if (is_subscribed_ && is_authorized_) answer_due_ = never;
}

void Sv1Miner::on_authorized(bool is_accepted, base::SteadyTime now) {
    is_authorized_ = is_accepted;
    if (!is_accepted) return odd("authorize was refused");
    if (!job_) return;
    note_work(now);
    begin_search(now);
}

void Sv1Miner::on_subscribed(const sv1::SubscribeResult& result) {
    // Another search space begins at its beginning; the same one goes on.
    if (result.extranonce1 != extranonce1_) extranonce2_ = 0;
    is_subscribed_ = true;
    session_id_ = result.session_id;
    extranonce1_ = result.extranonce1;
    extranonce2_size_ = std::min<std::size_t>(result.extranonce2_size, sv1::extranonce_size_max);
    if (extranonce2_size_ > 8) odd("extranonce2_size above 8");
}

Peer::Wish Sv1Miner::on_request(const sv1::Request& request, base::SteadyTime now,
                                std::string& out) {
    if (!request.call) {
        odd("a request that is not understood");
        return Wish::stay;
    }
    if (const auto* notify = std::get_if<sv1::Notify>(&*request.call)) {
        on_notify(*notify, now);
    } else if (const auto* told = std::get_if<sv1::SetDifficulty>(&*request.call)) {
        on_difficulty(told->difficulty);
    } else if (const auto* moved = std::get_if<sv1::SetExtranonce>(&*request.call)) {
        next_extranonce_ = *moved;
    } else if (const auto* mask = std::get_if<sv1::SetVersionMask>(&*request.call)) {
        mask_ = mask->mask & wanted_mask;
    } else if (std::holds_alternative<sv1::Ping>(*request.call)) {
        sv1::append_text_result(request.id, "pong", out);
    } else if (std::holds_alternative<sv1::GetVersion>(*request.call)) {
        sv1::append_text_result(request.id, plan_.style->agent, out);
    } else if (const auto* reconnect = std::get_if<sv1::Reconnect>(&*request.call)) {
        reconnect_wait_ = std::chrono::seconds{reconnect->wait_s};
        on_lost("client.reconnect", now);
        return Wish::leave;
    }
    return Wish::stay;
}

void Sv1Miner::on_difficulty(double difficulty) {
    if (next_difficulty_) odd("two difficulties before one job");
    next_difficulty_ = difficulty;
}

void Sv1Miner::note_job_id(std::string_view id) {
    if (std::ranges::find(recent_job_ids_, id) != recent_job_ids_.end())
        odd("a job id that was among the last 16");
    recent_job_ids_[next_recent_++ % recent_job_ids_.size()] = id;
}

void Sv1Miner::on_share_answer(const Sent& sent, const sv1::Response& response,
                               base::SteadyTime now) {
    const bool is_accepted = is_true(response);
    const auto& error = response.error;
    const auto code = error ? error->code : 0;
    context_.journal.answer(connection_, sent.id, is_accepted,
                            error ? std::optional{code} : std::nullopt,
                            error ? error->text : std::string_view{});
    auto& total = counts(sent.intent);
    if (is_accepted) {
        ++total.accepted;
    } else {
        ++total.rejected;
        ++total.rejected_by_reason[std::to_string(code)];
    }
    if (sent.intent != Intent::honest) return;
    context_.statistics.answers.add(now - sent.at);
    context_.statistics.recent_answers.add(now - sent.at);
    if (is_accepted) {
        ++record_.shares.accepted;
        record_.last_accepted_at = now;
        watch_.accepted(sent.at, now);
    } else {
        ++record_.shares.rejected;
        ++record_.shares.rejected_by_reason[std::to_string(code)];
        watch_.rejected(sent.at, now);
    }
}

std::optional<base::SteadyTime> Sv1Miner::unanswered_since() const {
    return sent_.empty() ? std::nullopt : std::optional{sent_.front().at};
}

std::chrono::milliseconds Sv1Miner::on_lost(std::string_view reason, base::SteadyTime now) {
    if (connection_ != 0) {
        context_.journal.lost(connection_, reason);
        ++context_.statistics.connections_lost;
        ++context_.statistics.lost_by_reason[std::string{reason}];
        ++record_.lost;
    } else {
        ++context_.statistics.not_connected[std::string{reason}];
    }
    watch_.lost(unanswered_since(), now);
    forget_connection();
    // Not all at once.
    return reconnect_after / 2 +
           std::chrono::milliseconds{context_.random.next_u64() %
                                     static_cast<std::uint64_t>(reconnect_after.count())};
}

std::chrono::milliseconds Sv1Miner::on_left(base::SteadyTime now) {
    if (connection_ == 0) {  // the pool asked for it
        return std::max(std::exchange(reconnect_wait_, 0ms), reconnect_after / 2);
    }
    context_.journal.lost(connection_, "left");
    watch_.left();
    if (now >= leaves_at_ && !plan_.style->resumes) session_id_.clear();
    forget_connection();
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        exponential(std::chrono::duration<double>(plan_.away).count()));
}

void Sv1Miner::give_up_shares() {
    for (const auto& sent : sent_) {
        ++counts(sent.intent).unknown;
        if (sent.intent == Intent::honest) ++record_.shares.unknown;
    }
    sent_.clear();
}

void Sv1Miner::forget_connection() {
    give_up_shares();
    connection_ = 0;
    lines_ = sv1::LineReader{Sv1Context::line_size_max};
    next_step_ = 0;
    asked_.clear();
    answer_due_ = leaves_at_ = search_due_ = never;
    is_subscribed_ = is_authorized_ = false;
    mask_ = 0;
    next_extranonce_.reset();
    next_difficulty_.reset();
    difficulty_ = 0;
    recent_job_ids_ = {};
    job_.reset();
    stale_job_.reset();
    last_.reset();
    stock_.clear();
    mines_since_.reset();
    found_.reset();
}

void Sv1Miner::on_end(base::SteadyTime now) {
    watch_.finish(unanswered_since(), now);
    record_.gaps = watch_.gaps();
    record_.longest_gap = watch_.longest();
}

}  // namespace loadgen
