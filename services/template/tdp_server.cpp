#include "template/tdp_server.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "edge/peer_address.h"
#include "edge/sockets.h"

namespace templates {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto sweep_interval = 100ms;
// The largest legal message is SubmitSolution with a coinbase of 64 KiB.
constexpr std::uint32_t payload_max = 128 * 1024;
// While so much of an answer waits, the next question is not read.
constexpr std::size_t unread_before_next = 64 * 1024;
// What peers do wrong is said so often; the metric has each.
constexpr auto warning_interval = 1min;

}  // namespace

TdpServerMetrics::TdpServerMetrics(service::Registry& registry)
    : connections(registry.gauge("adit_template_tdp_connections",
                                 "Open connections of clients of the template distribution "
                                 "server")),
      unsent_bytes(registry.gauge("adit_template_tdp_unsent_bytes",
                                  "Bytes that these clients have not read")),
      closed(registry.counters("adit_template_tdp_connections_closed_total",
                               "Connections of these clients that ended, by reason", {"reason"})),
      oddities(registry.counters("adit_template_tdp_oddities_total",
                                 "Frames of these clients that were dropped, or had the wrong "
                                 "channel bit, by kind",
                                 {"kind"})),
      solutions(registry.counters("adit_template_tdp_solutions_total",
                                  "Solutions of these clients, by what they were", {"result"})) {}

TdpServer::TdpServer(Parts parts, Settings settings)
    : parts_(std::move(parts)),
      settings_(std::move(settings)),
      acceptor_(edge::listening(parts_.loop, settings_.listen, "template_distribution.listen")),
      sweep_timer_(parts_.loop) {}

TdpServer::~TdpServer() {
    close();
}

void TdpServer::open() {
    is_accepting_ = true;
    accept();
    sweep();
}

void TdpServer::accept() {
    acceptor_.async_accept(
        [this, alive = std::weak_ptr{is_alive_}](const error_code& error, tcp::socket socket) {
            if (alive.expired() || !is_accepting_) return;
            if (error) {
                is_accepting_ = false;  // out of descriptors: sweep() tries again
                return;
            }
            admit(std::move(socket));
            accept();
        });
}

void TdpServer::admit(tcp::socket socket) {
    error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;  // gone already
    const auto address = edge::to_ip_address(remote.address());
    const auto refuse = [&](const char* reason) { parts_.metrics.closed.with({reason}).add(); };
    if (connections_.size() >= settings_.connections_max && !make_room())
        return refuse("too-many-connections");
    if (!by_address_.add(address, settings_.connections_per_address_max))
        return refuse("too-many-of-address");
    const auto id = ++last_id_;
    auto connection = std::make_shared<Connection>();
    connection->id = id;
    connection->peer = service::to_string({remote.address().to_string(), remote.port()});
    connection->address = address;
    connection->phase_since = parts_.clock.steady_now();
    connections_.emplace(id, connection);
    parts_.metrics.connections.set(static_cast<double>(connections_.size()));
    connection->link = std::make_shared<edge::Link>(
        std::move(socket), parts_.clock,
        edge::Link::Limits{.payload_max = payload_max,
                           .unread_max = settings_.unread_max,
                           .frame_deadline = sv2::limits::frame_deadline,
                           .write_stall_deadline = settings_.write_stall_deadline},
        edge::Link::Callbacks{
            .on_open =
                [this, one = connection.get()] {
                    one->session.emplace(parts_.store, settings_.session);
                    one->phase_since = parts_.clock.steady_now();
                },
            .on_frame = [this, id](const auto& header,
                                   auto payload) { on_frame(id, header, payload); },
            .on_drained = [this, one = connection.get()] { resume(*one); },
            .on_closed = [this, id](auto reason) { on_closed(id, reason); }});
    connection->link->accept(parts_.identity, noise::make_ephemeral_key(parts_.random));
}

/// Whoever is not served after a round trip or two only occupies the place: the oldest goes.
bool TdpServer::make_room() {
    const auto idle = std::ranges::find_if(connections_, [](const auto& entry) {
        return !entry.second->session || !entry.second->session->is_served();
    });
    if (idle == connections_.end()) return false;
    const auto connection = idle->second;
    connection->link->close("crowded-out");
    return true;
}

void TdpServer::on_frame(std::uint64_t id, const sv2::FrameHeader& header, base::ByteView payload) {
    const auto connection = connections_.at(id);  // outlives its link's frames
    TdpSession::Effects effects;
    const auto at = now();
    connection->session->on_frame(header, payload, at, effects);
    connection->pace.add(1, settings_.requests, at.steady);
    if (!connection->was_set_up && connection->session->is_set_up()) {
        connection->was_set_up = true;
        connection->phase_since = at.steady;
    }
    carry_out(*connection, effects);
    if (connection->link->unread() > unread_before_next ||
        connection->pace.is_ahead(settings_.requests, at.steady))
        connection->link->set_reading(false);
}

void TdpServer::carry_out(Connection& connection, TdpSession::Effects& effects) {
    if (effects.oddity)
        parts_.metrics.oddities.with({std::string{sv2::dispatch_name(*effects.oddity)}}).add();
    if (effects.bad_solution)
        parts_.metrics.solutions.with({std::string{*effects.bad_solution}}).add();
    if (effects.solution)
        parts_.metrics.solutions.with({std::string{parts_.on_solution(*effects.solution)}}).add();
    connection.link->send(effects.frames);
    if (!effects.close) return;
    const auto at = parts_.clock.steady_now();
    if (!effects.why.empty() && (!warned_at_ || at - *warned_at_ >= warning_interval)) {
        warned_at_ = at;
        base::log_warning(
            "client of template distribution is refused",
            {{"peer", connection.peer}, {"reason", *effects.close}, {"detail", effects.why}});
    }
    connection.link->close(*effects.close);
}

void TdpServer::on_closed(std::uint64_t id, std::string_view reason) {
    const auto found = connections_.find(id);
    base::log_debug("connection closed", {{"peer", found->second->peer}, {"reason", reason}});
    parts_.metrics.closed.with({std::string{reason}}).add();
    by_address_.remove(found->second->address);
    connections_.erase(found);  // handlers of its link may still hold it
    parts_.metrics.connections.set(static_cast<double>(connections_.size()));
}

void TdpServer::on_change() {
    const auto at = now();
    // Sending may close a connection, which takes it out of the map.
    for (auto next = connections_.begin(); next != connections_.end();) {
        const auto connection = next->second;
        ++next;
        if (!connection->session) continue;
        TdpSession::Effects effects;
        connection->session->on_template(at, effects);
        connection->session->on_transactions(at, effects);
        carry_out(*connection, effects);
    }
}

void TdpServer::resume(Connection& connection) {
    if (connection.link->unread() <= unread_before_next &&
        !connection.pace.is_ahead(settings_.requests, parts_.clock.steady_now()))
        connection.link->set_reading(true);
}

void TdpServer::look_after(Connection& connection, base::SteadyTime at) {
    const auto in_phase = at - connection.phase_since;
    if (!connection.session) {
        if (in_phase > settings_.handshake_deadline) connection.link->close("handshake-deadline");
        return;
    }
    if (!connection.session->is_served() && in_phase > settings_.setup_deadline)
        return connection.link->close("setup-deadline");
    connection.link->check(at);
    if (connection.link->is_open()) resume(connection);
}

void TdpServer::sweep() {
    if (is_closed_) return;
    const auto at = parts_.clock.steady_now();
    for (auto next = connections_.begin(); next != connections_.end();) {
        const auto connection = next->second;
        ++next;
        look_after(*connection, at);
    }
    if (!is_accepting_) {
        is_accepting_ = true;
        accept();
    }
    sweep_timer_.expires_after(sweep_interval);
    sweep_timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const error_code& error) {
        if (!error && !alive.expired()) sweep();
    });
}

void TdpServer::close() {
    is_closed_ = true;
    is_accepting_ = false;
    error_code ignored;
    acceptor_.close(ignored);
    sweep_timer_.cancel();
    while (!connections_.empty()) {
        const auto connection = connections_.begin()->second;
        connection->link->close("stopped");
    }
}

void TdpServer::publish_unsent() {
    std::size_t sum = 0;
    for (const auto& [id, connection] : connections_) sum += connection->link->unread();
    parts_.metrics.unsent_bytes.set(static_cast<double>(sum));
}

TdpSession::Now TdpServer::now() const {
    return {.steady = parts_.clock.steady_now(),
            .unix_seconds = base::to_unix_seconds(parts_.clock.unix_now())};
}

}  // namespace templates
