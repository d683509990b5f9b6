#include "miner/sv1_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/integer.h"
#include "miner/printable.h"
#include "sv1/requests.h"
#include "sv1/responses.h"

namespace miner {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view agent = "adit-miner/0.1.0";
// The bits that BIP 320 leaves to miners.
constexpr std::uint32_t wanted_mask = 0x1fffe000;
// Old pools do not answer mining.configure at all.
constexpr auto configure_deadline = 10s;
// As cgminer has it, for an answer as for any line: a pool that lives sends a job.
constexpr auto silence_max = 90s;
// Lines that mean nothing: beyond that it is no pool.
constexpr std::size_t anomalies_max = 16;
// More unanswered shares mean that the pool has stopped answering.
constexpr std::uint64_t outstanding_max = 65'536;
// A pool that has us wait for longer has forgotten us.
constexpr std::uint32_t reconnect_wait_s_max = 300;

bool is_true(const sv1::Response& answer) {
    const auto* const said = std::get_if<bool>(&answer.result);
    return said != nullptr && *said && !answer.error;
}

std::string reason_of(const sv1::Response& answer) {
    if (!answer.error) return "no reason given";
    return fmt::format("{} ({})", printable(answer.error->text), answer.error->code);
}

bool is_same_host(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

sv1::ExtranonceBytes extranonce2_of(const FoundShare& share, std::size_t extranonce1_size) {
    sv1::ExtranonceBytes bytes;
    const auto place = [&](base::ByteView part) {
        std::copy(part.begin(), part.end(), bytes.bytes.begin() + bytes.size);
        bytes.size += part.size();
    };
    place(base::ByteView{share.extranonce_prefix}.subspan(extranonce1_size));
    place(share.extranonce);
    return bytes;
}

}  // namespace

Sv1Client::Sv1Client(Sv1ClientConfig config, Sv1Session& session, std::uint64_t connection)
    : config_(std::move(config)),
      session_(session),
      parser_(pool_line_size_max),
      jobs_(connection, session.jobs) {}

template <class C>
void Sv1Client::ask(Asked asked, const C& call, base::SteadyTime now) {
    const std::uint64_t id = ++last_id_;
    waiting_.emplace(id, Waiting{.asked = asked, .since = now});
    std::string line;
    sv1::append_call(sv1::Id::of(id), call, line);
    send(line);
}

void Sv1Client::send(std::string_view line) {
    effects_.push_back(Send{base::to_bytes(line)});
}

Effects Sv1Client::on_connected(base::SteadyTime now) {
    heard_at_ = now;
    if (!config_.is_rolling_versions) {
        subscribe(now);
        return take_effects();
    }
    static constexpr std::array extensions{sv1::version_rolling};
    ask(Asked::configure,
        sv1::Configure{.extensions = extensions,
                       .version_rolling_mask = wanted_mask,
                       .version_rolling_min_bit_count = 2},
        now);
    return take_effects();
}

void Sv1Client::subscribe(base::SteadyTime now) {
    sv1::Subscribe call{.user_agent = agent};
    if (!session_.id.empty()) call.session_id = session_.id;
    ask(Asked::subscribe, call, now);
}

Effects Sv1Client::on_message(base::ByteView line, base::SteadyTime now) {
    if (is_over_) return {};
    heard_at_ = now;
    const auto message = parser_.parse(base::as_string_view(line));
    if (message) {
        if (const auto* const request = std::get_if<sv1::Request>(&*message))
            on_request(*request, now);
        else
            on_answer(std::get<sv1::Response>(*message), now);
        return take_effects();
    }
    if (anomalies_ == 0)
        warn(fmt::format("a line that says nothing: {}", sv1::error_code(message.error())));
    if (++anomalies_ > anomalies_max)
        disconnect("the pool sent too many lines that say nothing", false);
    return take_effects();
}

void Sv1Client::on_answer(const sv1::Response& answer, base::SteadyTime now) {
    const auto id = base::parse_integer<std::uint64_t>(answer.id.json());
    const auto found = id ? waiting_.find(*id) : waiting_.end();
    if (found == waiting_.end()) {
        warn(fmt::format("an answer to {}, which was not asked", printable(answer.id.json())));
        return;
    }
    const Waiting waiting = found->second;
    waiting_.erase(found);
    switch (waiting.asked) {
        case Asked::configure: on_configured(answer, now); return;
        case Asked::subscribe: on_subscribed(answer, now); return;
        case Asked::authorize: on_authorized(answer, now); return;
        case Asked::extra: return;  // we can do without
        case Asked::submit: on_share_answered(answer, *id, now - waiting.since); return;
    }
}

void Sv1Client::on_configured(const sv1::Response& answer, base::SteadyTime now) {
    const auto* const result = std::get_if<sv1::ConfigureResult>(&answer.result);
    if (result != nullptr && result->version_rolling.value_or(false)) {
        granted_mask_ = wanted_mask & result->version_rolling_mask.value_or(0);
        jobs_.on_mask(*granted_mask_, now);
    }
    subscribe(now);
}

void Sv1Client::on_subscribed(const sv1::Response& answer, base::SteadyTime now) {
    const auto* const result = std::get_if<sv1::SubscribeResult>(&answer.result);
    if (result == nullptr || answer.error) {
        if (session_.id.empty()) {
            disconnect(fmt::format("the pool refused mining.subscribe: {}", reason_of(answer)),
                       true);
            return;
        }
        session_.id.clear();
        subscribe(now);
        return;
    }
    Subscribed subscribed{.session_id = std::string{result->session_id},
                          .extranonce = {.extranonce1 = base::to_bytes(result->extranonce1.view()),
                                         .extranonce2_size = result->extranonce2_size}};
    subscribed.is_resumed = !session_.id.empty() && subscribed.session_id == session_.id &&
                            subscribed.extranonce.extranonce1 == session_.extranonce1;
    session_.id = subscribed.session_id;
    session_.extranonce1 = subscribed.extranonce.extranonce1;
    jobs_.on_extranonce(subscribed.extranonce);
    effects_.push_back(std::move(subscribed));
    ask(Asked::authorize, sv1::Authorize{.user = config_.worker, .password = config_.password},
        now);
    ask(Asked::extra, sv1::ExtranonceSubscribe{}, now);
}

void Sv1Client::on_authorized(const sv1::Response& answer, base::SteadyTime now) {
    if (!is_true(answer)) {
        disconnect(fmt::format("the pool refused the worker {}: {}", printable(config_.worker),
                               reason_of(answer)),
                   true);
        return;
    }
    is_authorized_ = true;
    effects_.push_back(Authorized{.worker = config_.worker});
    if (config_.suggested_difficulty)
        ask(Asked::extra, sv1::SuggestDifficulty{*config_.suggested_difficulty}, now);
    hash();
}

void Sv1Client::on_share_answered(const sv1::Response& answer, std::uint64_t id,
                                  base::SteadyTime::duration waited) {
    --outstanding_;
    ShareAnswered answered{.request_id = id, .is_accepted = is_true(answer), .waited = waited};
    if (answer.error) {
        answered.code = answer.error->code;
        answered.text = printable(answer.error->text);
    }
    effects_.push_back(std::move(answered));
}

void Sv1Client::on_request(const sv1::Request& request, base::SteadyTime now) {
    const auto name = printable(request.method);
    std::string line;
    if (!request.call) {
        warn(fmt::format("{}: {}", name, sv1::error_text(request.call.error())));
        if (request.id.is_absent() || request.id == sv1::Id::null()) return;
        sv1::append_error(request.id, sv1::ErrorCode::other, sv1::error_text(request.call.error()),
                          line);
        return send(line);
    }
    std::visit(
        [&]<class C>(const C& call) {
            if constexpr (requires { handle(call, now); }) {
                handle(call, now);
            } else if constexpr (std::is_same_v<C, sv1::Ping>) {
                sv1::append_text_result(request.id, "pong", line);
            } else if constexpr (std::is_same_v<C, sv1::GetVersion>) {
                sv1::append_text_result(request.id, agent, line);
            } else {
                warn(fmt::format("the pool asks {} of a miner", name));
            }
        },
        *request.call);
    if (!line.empty()) send(line);
}

void Sv1Client::handle(const sv1::SetDifficulty& call, base::SteadyTime) {
    if (!jobs_.on_difficulty(call.difficulty))
        warn("two mining.set_difficulty and no job between them");
}

void Sv1Client::handle(const sv1::Notify& call, base::SteadyTime now) {
    if (!jobs_.has_extranonce()) {
        warn("mining.notify before the answer to mining.subscribe");
        return;
    }
    for (auto& odd : jobs_.on_notify(call, now)) warn(std::move(odd));
    effects_.push_back(
        JobReceived{.job_id = jobs_.last().id,
                    .coinbase = std::get<std::shared_ptr<const Coinbase>>(jobs_.work()->root),
                    .extranonce1 = jobs_.last().extranonce1});
    hash();
}

void Sv1Client::handle(const sv1::SetExtranonce& call, base::SteadyTime) {
    Extranonce extranonce{.extranonce1 = base::to_bytes(call.extranonce1.view()),
                          .extranonce2_size = call.extranonce2_size};
    session_.extranonce1 = extranonce.extranonce1;
    jobs_.on_extranonce(extranonce);
    effects_.push_back(ExtranonceSet{std::move(extranonce)});
}

void Sv1Client::handle(const sv1::SetVersionMask& call, base::SteadyTime now) {
    if (!granted_mask_) {
        warn("mining.set_version_mask, though no version rolling was agreed");
        return;
    }
    if (jobs_.on_mask(wanted_mask & call.mask, now)) hash();
}

void Sv1Client::handle(const sv1::Reconnect& call, base::SteadyTime) {
    if (!call.host.empty() && !is_same_host(call.host, config_.host)) {
        warn(fmt::format("the pool sends us to {}, which is another host: we stay",
                         printable(call.host)));
        return;
    }
    effects_.push_back(
        Redirect{.port = call.port,
                 .wait = std::chrono::seconds{std::min(call.wait_s, reconnect_wait_s_max)}});
    disconnect("the pool sent us elsewhere", false);
}

void Sv1Client::handle(const sv1::ShowMessage& call, base::SteadyTime) {
    warn("the pool says: " + printable(call.text));
}

void Sv1Client::hash() {
    if (is_authorized_ && jobs_.work() != nullptr) effects_.push_back(SetWork{*jobs_.work()});
}

Effects Sv1Client::on_tick(base::SteadyTime now) {
    if (is_over_) return {};
    if (now - heard_at_ > silence_max)
        disconnect(fmt::format("the pool has said nothing for {} s", silence_max.count()), false);
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        const auto [id, waiting] = *at++;
        if (waiting.asked == Asked::configure && now - waiting.since > configure_deadline) {
            warn("mining.configure is not answered: the version stays as it is");
            waiting_.erase(id);
            subscribe(now);
            break;
        }
        if ((waiting.asked == Asked::subscribe || waiting.asked == Asked::authorize) &&
            now - waiting.since > silence_max)
            disconnect("the pool does not answer mining.subscribe or mining.authorize", false);
    }
    return take_effects();
}

Effects Sv1Client::on_share_found(const FoundShare& share, base::SteadyTime now) {
    const auto* const job = jobs_.find(share);
    if (is_over_ || !is_authorized_ || job == nullptr) return {};
    if (outstanding_ == outstanding_max) {
        disconnect(fmt::format("the pool has left {} shares unanswered", outstanding_max), false);
        return take_effects();
    }
    ++outstanding_;
    sv1::Submit submit{.worker = config_.worker,
                       .job_id = job->id,
                       .extranonce2 = extranonce2_of(share, job->extranonce1.size()),
                       .ntime = share.header.ntime,
                       .nonce = share.header.nonce};
    if (job->mask) submit.version_bits = share.header.version & *job->mask;
    effects_.push_back(ShareSent{.share = share,
                                 .request_id = last_id_ + 1,
                                 .worker = config_.worker,
                                 .job_id = job->id,
                                 .extranonce1 = job->extranonce1,
                                 .extranonce2 = base::to_bytes(submit.extranonce2.view()),
                                 .version_bits = submit.version_bits,
                                 .difficulty = job->difficulty});
    ask(Asked::submit, submit, now);
    return take_effects();
}

void Sv1Client::warn(std::string text) {
    effects_.push_back(Warning{.text = std::move(text)});
}

void Sv1Client::disconnect(std::string reason, bool is_refusal) {
    if (is_over_) return;
    is_over_ = true;
    effects_.push_back(Disconnect{.reason = std::move(reason), .is_refusal = is_refusal});
}

Effects Sv1Client::take_effects() {
    return std::exchange(effects_, {});
}

}  // namespace miner
