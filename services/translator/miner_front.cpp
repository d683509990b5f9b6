#include "translator/miner_front.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "edge/peer_address.h"
#include "edge/sockets.h"
#include "translator/tls_watch.h"

namespace translator {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto sweep_interval = 1s;
// In one turn of the loop: to look at a connection takes well below a microsecond, but its session
// may have a job to send, which takes ten.
constexpr std::size_t looked_at_once = 200;
constexpr auto moment = 10ms;
// Out of descriptors: the next try comes when one may have been freed.
constexpr auto accept_retry_interval = 100ms;
// What is said at once is a job, or a few answers; a burst of more is not kept for ever.
constexpr std::size_t lines_kept_max = 64 * 1024;

}  // namespace

MinerFront::MinerFront(Parts parts, FrontLimits limits)
    : parts_(parts),
      limits_(std::move(limits)),
      sweep_timer_(parts.loop),
      moment_timer_(parts.loop),
      parser_(limits_.line_size_max),
      lingering_(parts.loop) {}

MinerFront::~MinerFront() {
    stop_accepting();
    close_all("shutdown");
    for (const auto& connection : ended_) connection->bury();
}

void MinerFront::listen(const service::Endpoint& address, std::string_view key,
                        const TlsWatch* tls) {
    listeners_.push_back(
        {edge::listening(parts_.loop, address, key), boost::asio::steady_timer{parts_.loop}, tls});
}

std::uint16_t MinerFront::port(std::size_t nth) const {
    return listeners_.at(nth).acceptor.local_endpoint().port();
}

void MinerFront::open() {
    is_accepting_ = true;
    for (auto& listener : listeners_) accept(listener);
    sweep(0);
}

void MinerFront::stop_accepting() {
    is_accepting_ = false;
    error_code ignored;
    for (auto& listener : listeners_) {
        listener.acceptor.close(ignored);
        listener.retry.cancel();
    }
}

void MinerFront::accept(Listener& listener) {
    listener.acceptor.async_accept([this, &listener](const error_code& error, tcp::socket socket) {
        if (!is_accepting_) return;
        if (!error) {
            admit(std::move(socket), listener.tls);
            return accept(listener);
        }
        listener.retry.expires_after(accept_retry_interval);
        listener.retry.async_wait([this, &listener](const error_code& cancelled) {
            if (!cancelled && is_accepting_) accept(listener);
        });
    });
}

void MinerFront::admit(tcp::socket socket, const TlsWatch* tls) {
    error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;  // gone already
    MinerConnection::Peer peer{.address = edge::to_ip_address(remote.address()),
                               .port = remote.port()};
    peer.is_proxy = std::ranges::any_of(
        limits_.proxies, [&](const auto& network) { return network.contains(peer.address); });
    const auto refuse = [&](std::string_view reason) {
        parts_.metrics.connections_closed.with({std::string{reason}}).add();
    };
    if (!serves_) return refuse("no-pool");
    if (connections_.size() >= limits_.connections_max) return refuse("too-many-connections");
    // A proxy is taken in under the address that it will name.
    if (!peer.is_proxy)
        if (const auto reason = take_in(peer.address)) return refuse(*reason);
    if (silent_.size() >= limits_.silent_max)
        connections_.at(*silent_.begin())->close("crowded-out");
    edge::set_options(socket);
    const ConnectionId id{++last_id_};
    auto connection = std::make_shared<MinerConnection>(
        id, MinerStream{std::move(socket), tls == nullptr ? nullptr : tls->identity().context},
        peer, *this);
    connections_.emplace(id.value, connection);
    silent_.insert(id.value);
    parts_.metrics.connections.set(static_cast<double>(connections_.size()));
    connection->start();
}

std::optional<std::string_view> MinerFront::take_in(const base::IpAddress& address) {
    if (!by_address_.add(address, limits_.connections_per_address_max))
        return "too-many-of-address";
    return std::nullopt;
}

void MinerFront::handshake_soon(std::shared_ptr<MinerConnection> connection) {
    to_shake_.push_back(std::move(connection));
    if (to_shake_.size() == 1) boost::asio::post(parts_.loop, [this] { shake_next_hand(); });
}

void MinerFront::shake_next_hand() {
    const auto connection = std::move(to_shake_.front());
    to_shake_.pop_front();
    connection->shake_hands();
    if (!to_shake_.empty()) boost::asio::post(parts_.loop, [this] { shake_next_hand(); });
}

std::string& MinerFront::lines_of(MinerConnection& connection) {
    if (writer_ != nullptr && writer_ != &connection) writer_->send();
    writer_ = &connection;
    return lines_;
}

void MinerFront::lines_are_taken() {
    writer_ = nullptr;
    lines_.clear();
    if (lines_.capacity() > lines_kept_max) std::string{}.swap(lines_);
}

void MinerFront::ended(MinerConnection& connection, std::string_view reason) {
    parts_.metrics.connections_closed.with({std::string{reason}}).add();
    silent_.erase(connection.id().value);
    if (connection.is_in_tls_handshake())
        parts_.metrics.tls_handshakes.with({std::string{reason}}).add();
    if (!connection.peer().is_proxy) by_address_.remove(connection.peer().address);
    // Whoever called us may still use the connection: it goes when the loop comes round.
    const auto found = connections_.find(connection.id().value);
    ended_.push_back(std::move(found->second));
    connections_.erase(found);
    if (ended_.size() == 1) boost::asio::post(parts_.loop, [this] { bury_next(); });
    parts_.metrics.connections.set(static_cast<double>(connections_.size()));
}

/// One in a turn of the loop: a thousand that end together keep nobody's share waiting.
void MinerFront::bury_next() {
    const auto connection = std::move(ended_.front());
    ended_.pop_front();
    connection->bury();
    if (!ended_.empty()) boost::asio::post(parts_.loop, [this] { bury_next(); });
}

MinerConnection* MinerFront::find(ConnectionId id) const {
    const auto found = connections_.find(id.value);
    return found == connections_.end() ? nullptr : found->second.get();
}

void MinerFront::for_each(const std::function<void(MinerConnection&)>& act) {
    // Acting may close a connection, which takes it out of the map.
    for (auto next = connections_.begin(); next != connections_.end();) {
        const auto connection = next->second;
        ++next;
        act(*connection);
    }
}

void MinerFront::close_all(std::string_view reason) {
    for_each([&](MinerConnection& connection) { connection.close(reason); });
}

void MinerFront::close_silent(std::string_view reason) {
    while (!silent_.empty()) connections_.at(*silent_.begin())->close(reason);
}

MinerFront::Queues MinerFront::queues() const {
    Queues queues{.silent = silent_.size(), .paced = paced_.size()};
    for (const auto& [id, connection] : connections_) {
        const auto& unsent = connection->send_queue();
        queues.unsent_bytes += unsent.unread_size();
        queues.fullest_unsent = std::max(queues.fullest_unsent, unsent.unread_size());
        const auto since = unsent.waiting_since();
        if (since && (!queues.unsent_since || *since < *queues.unsent_since))
            queues.unsent_since = since;
    }
    return queues;
}

std::size_t MinerFront::memory() const {
    std::size_t sum = 0;
    for (const auto& [id, connection] : connections_) sum += connection->memory();
    return sum;
}

/// Connections that say too much are looked at together, a hundred times a second.
void MinerFront::wait_a_moment(std::shared_ptr<MinerConnection> connection) {
    paced_.push_back(std::move(connection));
    if (paced_.size() != 1) return;
    moment_timer_.expires_after(moment);
    moment_timer_.async_wait([this](const error_code& error) {
        if (error) return;
        for (const auto& one : std::exchange(paced_, {})) one->resume();
    });
}

void MinerFront::look_at(MinerConnection& connection, base::SteadyTime now) {
    connection.on_tick(now);
    const auto* session = connection.session();
    const auto since = session == nullptr ? std::nullopt : session->waits_since();
    if (!since) return;
    ++seen_waiting_.miners;
    if (seen_waiting_.since && *since >= *seen_waiting_.since) return;
    seen_waiting_.since = since;
    seen_waiting_.first = connection.id();
}

/// Looks at those from this id on; at no more in one turn of the loop than make others wait.
void MinerFront::sweep(std::uint64_t from) {
    const auto now = parts_.clock.steady_now();
    auto next = connections_.lower_bound(from);
    for (std::size_t looked_at = 0; next != connections_.end(); ++looked_at) {
        if (looked_at == looked_at_once)
            return boost::asio::post(parts_.loop, [this, id = next->first] { sweep(id); });
        const auto connection = next->second;
        ++next;
        look_at(*connection, now);
    }
    waiting_ = std::exchange(seen_waiting_, {});
    sweep_timer_.expires_after(sweep_interval);
    sweep_timer_.async_wait([this](const error_code& error) {
        if (!error) sweep(0);
    });
}

}  // namespace translator
