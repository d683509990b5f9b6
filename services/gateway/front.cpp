#include "gateway/front.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "base/prefetch.h"
#include "edge/peer_address.h"
#include "edge/sockets.h"

namespace gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

// Each connection is looked at once a second, a fiftieth of them in a turn: of ten thousand two
// hundred, which keeps a share waiting for some 0.1 ms.
constexpr auto sweep_interval = 1s;
constexpr auto sweep_turn = 20ms;
constexpr std::size_t sweep_turns{sweep_interval / sweep_turn};
// In one turn of the loop: to look at a connection takes a microsecond or two, to close one 10.
constexpr Rota::AtOnce swept_at_once{.looked_at = 100, .gone = 8};
constexpr auto moment = 10ms;
// Out of descriptors: the next try comes when one may have been freed.
constexpr auto accept_retry_interval = 100ms;
// Enough to be worth it, and all of it still in the cache when its turn comes.
constexpr std::size_t fetched_together = 16;

}  // namespace

Front::Front(Parts parts, const service::Endpoint& listen, FrontLimits limits)
    : parts_(parts),
      limits_(limits),
      acceptor_(edge::listening(parts.loop, listen, "listen.address")),
      listen_{listen.host, acceptor_.local_endpoint().port()},
      sweep_timer_(parts.loop),
      accept_retry_(parts.loop),
      moment_timer_(parts.loop),
      key_stock_(parts.loop, parts.random, sv2::limits::handshakes_in_progress_max),
      lingering_(parts.loop),
      rota_(sweep_turns) {}

void Front::open(ShareSink& sink, ChannelKeys& keys) {
    sink_ = &sink;
    keys_ = &keys;
    is_accepting_ = true;
    key_stock_.start();
    accept();
    swept_at_ = parts_.clock.steady_now();
    sweep_timer_.expires_after(sweep_turn);
    wait_to_sweep();
}

void Front::stop_accepting() {
    is_accepting_ = false;
    error_code ignored;
    acceptor_.close(ignored);
    accept_retry_.cancel();
    key_stock_.stop();
}

void Front::accept_again() {
    if (is_accepting_) return;
    acceptor_ = edge::listening(parts_.loop, listen_, "listen.address");
    is_accepting_ = true;
    key_stock_.start();
    accept();
}

void Front::accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
        // Of a listening that has ended; another may have begun.
        if (!is_accepting_ || error == boost::asio::error::operation_aborted) return;
        if (!error) {
            admit(std::move(socket));
            return accept();
        }
        accept_retry_.expires_after(accept_retry_interval);
        accept_retry_.async_wait([this](const error_code& cancelled) {
            if (!cancelled && is_accepting_) accept();
        });
    });
}

void Front::admit(tcp::socket socket) {
    error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;  // gone already
    Connection::Peer peer{.address = edge::to_ip_address(remote.address()), .port = remote.port()};
    peer.is_proxy = std::ranges::any_of(
        limits_.proxies, [&](const auto& network) { return network.contains(peer.address); });
    const auto refuse = [&](std::string_view reason) {
        parts_.metrics.connections_closed.with({std::string{reason}}).add();
    };
    if (!serves_) return refuse("no-template");
    if (connections_.size() >= limits_.connections_max) return refuse("too-many-connections");
    // A proxy is taken in under the address that it will name.
    if (!peer.is_proxy)
        if (const auto reason = take_in(peer.address)) return refuse(*reason);
    // A handshake is one round trip, so the oldest is of somebody who only occupies the place.
    if (in_handshake_.size() >= limits_.handshakes_max)
        connections_.at(*in_handshake_.begin())->close("crowded-out");
    edge::set_options(socket);
    const ConnectionId id{++last_id_};
    auto connection = std::make_shared<Connection>(id, std::move(socket), peer, *this);
    connections_.emplace(id.value, connection);
    by_id_.emplace(id.value, connection.get());
    in_handshake_.insert(id.value);
    rota_.add(id.value);
    parts_.metrics.connections.set(static_cast<double>(connections_.size()));
    connection->start();
}

std::optional<std::string_view> Front::take_in(const base::IpAddress& address) {
    if (parts_.bans != nullptr && parts_.bans->find(address, parts_.clock.unix_now()) != nullptr)
        return "banned-address";
    if (!by_address_.add(address, limits_.connections_per_address_max))
        return "too-many-of-address";
    return std::nullopt;
}

void Front::handshake_soon(std::shared_ptr<Connection> connection) {
    to_answer_.push_back(std::move(connection));
    if (to_answer_.size() == 1) boost::asio::post(parts_.loop, [this] { answer_next_handshake(); });
}

void Front::answer_next_handshake() {
    const auto connection = std::move(to_answer_.front());
    to_answer_.pop_front();
    connection->answer_handshake();
    if (!to_answer_.empty()) boost::asio::post(parts_.loop, [this] { answer_next_handshake(); });
}

void Front::handshake_done(Connection& connection) {
    in_handshake_.erase(connection.id().value);
    parts_.metrics.handshakes.with({"ok"}).add();
}

void Front::ended(Connection& connection, std::string_view reason) {
    parts_.metrics.connections_closed.with({std::string{reason}}).add();
    if (in_handshake_.erase(connection.id().value) != 0)
        parts_.metrics.handshakes.with({std::string{reason}}).add();
    if (!connection.peer().is_proxy) by_address_.remove(connection.peer().address);
    // Whoever called us may still use the connection: it goes when the loop comes round.
    const auto found = connections_.find(connection.id().value);
    ended_.push_back(std::move(found->second));
    if (ended_.size() == 1) boost::asio::post(parts_.loop, [this] { close_channels_of_ended(); });
    connections_.erase(found);
    by_id_.erase(connection.id().value);
    stuck_.forget(connection.id());
    parts_.metrics.connections.set(static_cast<double>(connections_.size()));
}

/// Ten thousand of one connection, or a thousand connections, keep nobody's share waiting.
void Front::close_channels_of_ended() {
    if (ended_.front()->close_some_channels()) ended_.pop_front();
    if (!ended_.empty()) boost::asio::post(parts_.loop, [this] { close_channels_of_ended(); });
}

std::size_t Front::memory() const {
    std::size_t sum = 0;
    for (const auto& [id, connection] : connections_) sum += connection->memory();
    return sum;
}

Connection* Front::find(ConnectionId id) const {
    const auto found = by_id_.find(id.value);
    return found == by_id_.end() ? nullptr : found->second;
}

const Connection* Front::at_or_after(ConnectionId id) const {
    const auto found = connections_.lower_bound(id.value);
    return found == connections_.end() ? nullptr : found->second.get();
}

void Front::for_each(const std::function<void(Connection&)>& act) {
    // Of ten thousand connections none is in a cache when its turn comes, and looking for one thing
    // of it after the other takes as long as what is done with it. So those of some are fetched
    // together, each step as far as the one before has shown where things lie.
    std::vector<std::shared_ptr<Connection>> group;
    const auto visit = [&](const auto& what) {
        for (const auto& connection : group)
            if (connection->session() != nullptr) what(*connection);
    };
    std::uint64_t next = 0;
    do {
        group.clear();
        for (auto at = connections_.lower_bound(next);
             at != connections_.end() && group.size() < fetched_together; ++at) {
            base::prefetch(*at->second);
            group.push_back(at->second);
            next = at->first + 1;
        }
        visit([](const Connection& one) { one.session()->prefetch_jobs(); });
        visit([](const Connection& one) { one.session()->prefetch_channel(); });
        // Acting may close a connection, which takes it out of the map.
        visit(act);
    } while (!group.empty());
}

void Front::flush_soon(std::shared_ptr<Connection> connection) {
    if (to_flush_.empty())
        boost::asio::post(parts_.loop, [this] {
            for (const auto& one : std::exchange(to_flush_, {})) one->flush();
        });
    to_flush_.push_back(std::move(connection));
}

void Front::wait_for_room(std::shared_ptr<Connection> connection) {
    paused_.add(std::move(connection));
}

Front::Queues Front::queues() const {
    Queues queues{.in_handshake = in_handshake_.size(),
                  .paused = paused_.size(),
                  .fullest_unsent_max = limits_.output.connection};
    for (const auto& [id, connection] : connections_) {
        const auto& unsent = connection->send_queue();
        queues.unsent_bytes += unsent.unread_size();
        const auto bound = connection->unsent_max();
        if (unsent.unread_size() * queues.fullest_unsent_max > queues.fullest_unsent * bound) {
            queues.fullest_unsent = unsent.unread_size();
            queues.fullest_unsent_max = bound;
        }
        const auto since = unsent.waiting_since();
        if (since && (!queues.unsent_since || *since < *queues.unsent_since))
            queues.unsent_since = since;
        if (const auto* session = connection->session())
            queues.pending_opens += session->pending_opens();
    }
    return queues;
}

/// Connections that ask too fast are looked at together, a hundred times a second.
void Front::wait_a_moment(std::shared_ptr<Connection> connection) {
    paced_.add(std::move(connection));
    if (paced_.size() != 1) return;
    moment_timer_.expires_after(moment);
    moment_timer_.async_wait([this](const error_code& error) {
        if (!error) paced_.call();
    });
}

void Front::drained() {
    paused_.call();
}

void Front::wait_to_sweep() {
    sweep_timer_.async_wait([this](const error_code& error) {
        if (!error) sweep();
    });
}

/// Looks at those whose turn it is; what would make others wait goes on in the next turn of the
/// loop. Turns that were late are caught up, but not those of a process that stood.
void Front::sweep() {
    const auto now = parts_.clock.steady_now();
    const bool is_done =
        rota_.look(swept_at_once, [&](std::uint64_t id) { return look_at({id}, now); });
    // The timer's time goes on where a test's clock stands.
    const auto due = sweep_timer_.expiry();
    if (!is_done)
        sweep_timer_.expires_at(due);
    else if (now - std::exchange(swept_at_, now) > sweep_interval)
        sweep_timer_.expires_after(sweep_turn);
    else
        sweep_timer_.expires_at(due + sweep_turn);
    wait_to_sweep();
}

Rota::Found Front::look_at(ConnectionId id, base::SteadyTime now) {
    auto* connection = find(id);
    if (connection == nullptr) return Rota::Found::gone;
    connection->check_deadlines(now);
    stuck_.seen(id, connection->stuck_since(now));
    return find(id) == nullptr ? Rota::Found::gone : Rota::Found::there;
}

void Front::close_banned() {
    if (parts_.bans == nullptr || !parts_.bans->has_addresses()) return;
    const auto now = parts_.clock.unix_now();
    for (auto next = connections_.begin(); next != connections_.end();) {
        const auto connection = next->second;
        ++next;
        if (parts_.bans->find(connection->peer().address, now) != nullptr)
            connection->close("banned-address");
    }
}

void Front::close_unfinished(std::string_view reason) {
    for (auto next = connections_.begin(); next != connections_.end();) {
        const auto connection = next->second;
        ++next;
        if (connection->is_in_handshake()) connection->close(reason);
    }
}

void Front::close_all(std::string_view reason) {
    sweep_timer_.cancel();
    while (!connections_.empty()) {
        const auto connection = connections_.begin()->second;
        connection->close(reason);
    }
}

}  // namespace gateway
