#include "template/tdp_source.h"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "service/endpoint.h"
#include "sv2/codec.h"
#include "sv2/limits.h"

namespace templates {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto tick_interval = 250ms;
// What we send are questions and solutions; a node that leaves a megabyte of them unread is ill.
constexpr std::size_t unread_max = 1 << 20;
// Megabytes of transactions take longer than a miner's frame.
constexpr auto frame_deadline = 60s;

std::string_view name_of(SubmitAnswer::Kind kind) {
    switch (kind) {
        case SubmitAnswer::Kind::accepted: return "accepted";
        case SubmitAnswer::Kind::duplicate: return "duplicate";
        case SubmitAnswer::Kind::rejected: return "rejected";
        case SubmitAnswer::Kind::unreachable: return "unreachable";
        case SubmitAnswer::Kind::unsupported: return "unsupported";
    }
    return "unknown";
}

}  // namespace

TdpSourceMetrics::TdpSourceMetrics(service::Registry& registry)
    : connections(registry.counters("adit_template_tdp_source_connections_total",
                                    "Connections to template providers, by how they ended",
                                    {"result"})),
      transactions(registry.counters("adit_template_tdp_source_transactions_total",
                                     "Templates whose transactions a template provider was asked "
                                     "for, by answer",
                                     {"result"})),
      solutions(registry.counters("adit_template_tdp_source_solutions_total",
                                  "Blocks for template providers, by what became of them",
                                  {"result"})) {}

TdpSource::TdpSource(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
                     Settings settings, TdpSourceMetrics metrics)
    : loop_(loop),
      clock_(clock),
      random_(random),
      settings_(std::move(settings)),
      metrics_(metrics),
      backoff_(random, {.first = 250ms, .last = 5s}),
      resolver_(loop),
      timer_(loop),
      tick_(loop),
      // A block that lay in the spool over a restart must not find its name given again.
      next_origin_(static_cast<std::uint64_t>(clock.unix_now().time_since_epoch() /
                                              std::chrono::microseconds{1})) {}

TdpSource::~TdpSource() {
    is_alive_.reset();
    resolver_.cancel();
    if (link_) link_->close("stopped");
}

void TdpSource::start(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    connect();
    tick();
}

void TdpSource::connect() {
    address_ = elsewhere_.value_or(Address{settings_.url.host, settings_.url.port});
    timer_.expires_after(settings_.connect_timeout);
    timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const error_code& error) {
        if (error || alive.expired()) return;
        resolver_.cancel();
        if (dialled_) dialled_->close();
        if (link_ && !link_->is_open()) link_->close("handshake-deadline");
    });
    resolver_.async_resolve(
        address_.host, std::to_string(address_.port),
        [this, alive = std::weak_ptr{is_alive_}](const error_code& error, const auto& found) {
            if (alive.expired()) return;
            if (error)
                return on_unreachable(
                    fmt::format("cannot resolve {}: {}", address_.host, error.message()));
            dialled_ = std::make_shared<tcp::socket>(loop_);
            boost::asio::async_connect(
                *dialled_, found,
                [this, alive, socket = dialled_](const error_code& connect_error,
                                                 const tcp::endpoint&) {
                    if (alive.expired()) return;
                    dialled_.reset();
                    if (connect_error)
                        return on_unreachable(
                            fmt::format("cannot connect: {}",
                                        connect_error == boost::asio::error::operation_aborted
                                            ? "no answer in time"
                                            : connect_error.message()));
                    on_connected(std::move(*socket));
                });
        });
}

void TdpSource::on_connected(tcp::socket socket) {
    const std::weak_ptr alive{is_alive_};
    link_ = std::make_shared<edge::Link>(
        std::move(socket), clock_,
        edge::Link::Limits{.payload_max = sv2::limits::payload_of_blocks_max,
                           .unread_max = unread_max,
                           .frame_deadline = frame_deadline,
                           .write_stall_deadline = sv2::limits::write_stall_deadline},
        edge::Link::Callbacks{
            .on_open =
                [this] {
                    timer_.cancel();
                    client_.emplace(
                        TdpClient::Settings{.host = address_.host,
                                            .port = address_.port,
                                            .outputs_bytes_max = settings_.outputs_bytes_max,
                                            .outputs_sigops_max = settings_.outputs_sigops_max,
                                            .network = settings_.network,
                                            .first_origin = next_origin_},
                        clock_.steady_now());
                    callbacks_.on_status(
                        {.is_reachable = false, .why = "connected, and no template came yet"});
                    TdpClient::Effects effects;
                    client_->on_connected(effects);
                    apply(std::move(effects));
                },
            .on_frame =
                [this](const sv2::FrameHeader& header, base::ByteView payload) {
                    TdpClient::Effects effects;
                    client_->on_frame(header, payload, clock_.steady_now(), effects);
                    apply(std::move(effects));
                },
            .on_drained = [] {},
            .on_closed =
                [this, alive](std::string_view reason) {
                    if (!alive.expired()) on_closed(reason);
                }});
    // Not a member's turn to be: dial() may end the link at once.
    const auto link = link_;
    link->dial(settings_.url.authority.key, noise::make_ephemeral_key(random_));
}

void TdpSource::apply(TdpClient::Effects effects) {
    const auto link = link_;
    link->send(effects.frames);
    if (link != link_) return;  // it ended
    if (effects.failure) {
        failure_ = std::move(effects.failure);
        return link->close("refused");
    }
    if (effects.tip) {
        answer(submissions_.on_tip(*effects.tip));
        has_worked_ = true;
        backoff_.reset();
        if (!std::exchange(has_tip_, true)) metrics_.connections.with({"ok"}).add();
        if (std::exchange(is_lost_, false))
            base::log_info("node answers again", {{"node", settings_.url.host}});
        NodeStatus status{.is_reachable = true};
        status.tip = *effects.tip;
        status.height = effects.candidates.front().block_template.tip.height - 1;
        callbacks_.on_status(std::move(status));
    }
    for (auto& candidate : effects.candidates) callbacks_.on_candidate(std::move(candidate));
    if (effects.transactions) {
        metrics_.transactions.with({"ok"}).add();
        callbacks_.on_transactions(effects.transactions->first, effects.transactions->second);
    }
    if (effects.refused_transactions) {
        metrics_.transactions.with({"refused"}).add();
        base::log_debug("node refuses the transactions of a template",
                        {{"node", settings_.url.host}, {"reason", *effects.refused_transactions}});
    }
    if (effects.reconnect) {
        const auto& to = *effects.reconnect;
        elsewhere_ =
            Address{.host = to.new_host.empty() ? settings_.url.host : std::string{to.new_host},
                    .port = to.new_port == 0 ? settings_.url.port : to.new_port};
        link->close("reconnect");
    }
}

void TdpSource::on_closed(std::string_view reason) {
    timer_.cancel();
    const bool is_handshake = !client_;
    if (client_) next_origin_ = client_->next_origin();
    client_.reset();
    link_.reset();
    has_tip_ = false;
    const auto failure = std::exchange(failure_, std::nullopt);
    metrics_.connections.with({std::string{failure ? "refused" : reason}}).add();
    if (reason == "reconnect") {
        base::log_info(
            "node sends us elsewhere",
            {{"node", settings_.url.host}, {"host", elsewhere_->host}, {"port", elsewhere_->port}});
    } else {
        elsewhere_.reset();  // if it was no good, back to what is configured
    }
    const auto why = failure ? failure->why : closed_text(reason, is_handshake);
    // What worked once is configured as it should be: then the node is ill, and may get well.
    const bool is_hopeless =
        !has_worked_ && ((failure && failure->kind == TdpClient::Failure::Kind::unsuitable) ||
                         reason == noise::error_code(noise::HandshakeError::wrong_authority));
    if (is_hopeless)
        give_up(why);
    else
        lose(why);
}

void TdpSource::give_up(const std::string& why) {
    is_over_ = true;
    callbacks_.on_status({.is_reachable = false, .why = why});
    callbacks_.on_unusable(fmt::format("template provider {}: {}",
                                       service::to_string({settings_.url.host, settings_.url.port}),
                                       why));
}

void TdpSource::on_unreachable(const std::string& why) {
    elsewhere_.reset();
    lose(why);
}

void TdpSource::lose(const std::string& why) {
    if (!std::exchange(is_lost_, true))
        base::log_warning("node gives no templates, connecting again",
                          {{"node", service::to_string({settings_.url.host, settings_.url.port})},
                           {"reason", why}});
    answer(submissions_.on_lost(why));
    callbacks_.on_status({.is_reachable = false, .why = why});
    timer_.expires_after(backoff_.next());
    timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const error_code& error) {
        if (!error && !alive.expired()) connect();
    });
}

void TdpSource::submit_block(SolvedBlock block, OnSubmitted on_submitted) {
    using Kind = SubmitAnswer::Kind;
    if (submissions_.was_tip(block.hash))
        return answer_later(std::move(on_submitted), {Kind::accepted, {}});
    // The first tip that it names may be this very block.
    if (!has_tip_ && !is_over_)
        return answer_later(std::move(on_submitted), {Kind::unreachable, "it is not connected"});
    if (const auto given = has_tip_ && block.origin ? client_->find(*block.origin) : std::nullopt)
        return send_solution(block, *given, std::move(on_submitted));
    answer_later(std::move(on_submitted),
                 {Kind::unsupported,
                  "a template provider takes only solutions of templates that it gave over the "
                  "present connection"});
}

void TdpSource::send_solution(const SolvedBlock& block, const GivenTemplate& given,
                              OnSubmitted on_submitted) {
    const auto solution = solution_of(given, block.bytes);
    if (!solution)
        return answer_later(std::move(on_submitted),
                            {SubmitAnswer::Kind::unsupported, std::string{solution.error()}});
    base::Bytes frame;
    sv2::append_frame(*solution, frame);
    submissions_.sent(block.hash, given.prev_hash, clock_.steady_now(), std::move(on_submitted));
    const auto link = link_;
    link->send(frame);
}

void TdpSource::find_block(const bitcoin::BlockHash& hash, OnFound on_found) {
    BlockStanding standing;
    if (has_tip_ && submissions_.tip() == hash)
        standing = {.kind = BlockStanding::Kind::in_chain, .confirmations = 1};
    boost::asio::post(loop_,
                      [alive = std::weak_ptr{is_alive_}, standing, found = std::move(on_found)] {
                          if (!alive.expired()) found(standing);
                      });
}

void TdpSource::answer(TdpSubmissions::Answers answers) {
    for (auto& [to, what] : answers) answer_later(std::move(to), std::move(what));
}

// On a later turn: whoever is answered may come back at once.
void TdpSource::answer_later(OnSubmitted to, SubmitAnswer answer) {
    metrics_.solutions.with({std::string{name_of(answer.kind)}}).add();
    boost::asio::post(
        loop_, [alive = std::weak_ptr{is_alive_}, to = std::move(to), answer = std::move(answer)] {
            if (!alive.expired()) to(answer);
        });
}

void TdpSource::tick() {
    const auto now = clock_.steady_now();
    answer(submissions_.on_time(now));
    if (const auto link = link_) link->check(now);
    if (client_) {
        TdpClient::Effects effects;
        client_->on_tick(now, effects);
        apply(std::move(effects));
    }
    tick_.expires_after(tick_interval);
    tick_.async_wait([this, alive = std::weak_ptr{is_alive_}](const error_code& error) {
        if (!error && !alive.expired()) tick();
    });
}

std::string closed_text(std::string_view reason, bool is_handshake) {
    using noise::HandshakeError;
    const auto is = [&](HandshakeError error) { return reason == noise::error_code(error); };
    if (is(HandshakeError::wrong_authority))
        return "its certificate is signed by another authority than the one in its url; cure: the "
               "key that the node says is its authority's";
    if (is(HandshakeError::certificate_expired))
        return "its certificate has expired, or our clock is ahead";
    if (is(HandshakeError::certificate_not_yet_valid))
        return "its certificate is not valid yet, or our clock is behind";
    if (is_handshake && reason == "handshake-deadline")
        return "it does not answer the Noise handshake: is this the port of a template provider?";
    if (is_handshake)
        return fmt::format(
            "the Noise handshake fails ({}): is this the port of a template provider?", reason);
    return fmt::format("the connection ended ({})", reason);
}

}  // namespace templates
