#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip_network.h"
#include "base/random.h"
#include "edge/address_counts.h"
#include "edge/lingering.h"
#include "edge/request_pace.h"
#include "edge/spare_buffers.h"
#include "gateway/connection.h"
#include "gateway/deadlines.h"
#include "gateway/key_stock.h"
#include "gateway/metrics.h"
#include "gateway/output_bound.h"
#include "gateway/rota.h"
#include "gateway/share_sink.h"
#include "gateway/stuck_miners.h"
#include "gateway/waiting_room.h"
#include "ledger/ban_list.h"
#include "noise/identity.h"
#include "service/endpoint.h"
#include "sv2/limits.h"

namespace gateway {

/// What a stranger may cost; the reasons stand with the defaults.
struct FrontLimits {
    Deadlines deadlines{};
    /// Connections from here begin with a PROXY protocol header; from nobody else's is one taken.
    std::vector<base::IpNetwork> proxies{};
    std::size_t connections_max{15'000};  // below the descriptors that a process gets here
    std::size_t connections_per_address_max{sv2::limits::connections_per_address_max};
    std::size_t handshakes_max{sv2::limits::handshakes_in_progress_max};
    std::size_t frame_payload_max{sv2::limits::payload_from_miner_max};
    OutputBound output{};
    std::size_t memory_max{sv2::limits::memory_per_connection_max};
    edge::RequestPace::Limits requests{.per_second = sv2::limits::requests_per_second_max,
                                       .burst = sv2::limits::requests_burst_max};
    Session::Limits session{};
};

/// Where miners connect: accepts, counts, watches deadlines, and owns the connections.
class Front {
  public:
    struct Parts {
        boost::asio::io_context& loop;
        const base::Clock& clock;
        base::Random& random;
        const noise::GatewayIdentity& identity;
        Metrics& metrics;
        WorkBook& work;
        MiningPolicy policy{};
        /// Who is kept out; outlives the front. Null keeps out nobody.
        const ledger::BanList* bans{};
    };

    /// Binds, so that a port in use is known at the start; accepts from open() on.
    /// Errors: throws std::runtime_error naming address and cure.
    Front(Parts parts, const service::Endpoint& listen, FrontLimits limits);

    /// `sink` and `keys` outlive the front.
    void open(ShareSink& sink, ChannelKeys& keys);
    bool is_accepting() const { return is_accepting_; }
    /// No new connections.
    void stop_accepting();
    bool was_opened() const { return sink_ != nullptr; }
    /// After stop_accepting(), at the same address. Errors: throws std::runtime_error when it is
    /// taken.
    void accept_again();
    /// While it does not serve, who connects is let go at once, to try elsewhere.
    void set_serving(bool serves) { serves_ = serves; }

    Connection* find(ConnectionId id) const;
    /// Every connection that mines, in the order in which they came.
    void for_each(const std::function<void(Connection&)>& act);
    /// The sink has room: reads those sockets again that waited for it.
    void drained();
    /// Those that have not finished their handshake.
    void close_unfinished(std::string_view reason);
    void close_all(std::string_view reason);
    /// The bans have changed: closes who is among them now.
    void close_banned();
    std::size_t connections() const { return connections_.size(); }
    /// No connection is there, none that was has channels left, and each peer has seen the end.
    bool is_empty() const {
        return connections_.empty() && ended_.empty() && lingering_.size() == 0;
    }
    /// What waits in the front and its connections.
    struct Queues {
        std::size_t in_handshake{};
        std::size_t paused{};  ///< sockets that are not read
        std::size_t unsent_bytes{};
        std::optional<base::SteadyTime> unsent_since{};  ///< since when the slowest peer owes us
        std::size_t pending_opens{};
        std::size_t fullest_unsent{};  ///< of the peer that is nearest to its own bound
        std::size_t fullest_unsent_max{};
    };
    Queues queues() const;
    /// The miners that take nothing of what is there for them, those first that were seen so for
    /// longest, at most stuck_max.
    static constexpr std::size_t stuck_max = 20;
    std::vector<StuckMiners::Stuck> stuck() const { return stuck_.longest(stuck_max); }
    /// What all connections hold, as Connection::memory() estimates it.
    std::size_t memory() const;
    /// The port that the kernel gave where the configuration says 0.
    std::uint16_t port() const { return listen_.port; }
    /// Of this id, or the next one that is there; null when there is none.
    const Connection* at_or_after(ConnectionId id) const;

    // For the connections.
    const Parts& parts() const { return parts_; }
    const FrontLimits& limits() const { return limits_; }
    ShareSink& sink() { return *sink_; }
    ChannelKeys& keys() { return *keys_; }
    std::span<std::byte> read_buffer() { return read_buffer_; }
    Effects& effects() { return effects_; }
    /// An empty buffer for what goes out. Idle connections have none: they give it back.
    base::Bytes take_buffer() { return spare_buffers_.take(); }
    void give_back(base::Bytes buffer) { spare_buffers_.give_back(std::move(buffer)); }
    void flush_soon(std::shared_ptr<Connection> connection);
    void wait_for_room(std::shared_ptr<Connection> connection);
    void wait_a_moment(std::shared_ptr<Connection> connection);
    noise::EphemeralKey take_ephemeral_key() { return key_stock_.take(); }
    /// Handshakes are answered one in a turn of the loop: a thousand that come at once do not keep
    /// the shares of others waiting.
    void handshake_soon(std::shared_ptr<Connection> connection);
    void handshake_done(Connection& connection);
    /// Counts one more connection of this address. Errors: the reason to refuse it.
    std::optional<std::string_view> take_in(const base::IpAddress& address);
    void ended(Connection& connection, std::string_view reason);
    void linger(boost::asio::ip::tcp::socket socket) { lingering_.add(std::move(socket)); }

  private:
    void accept();
    void admit(boost::asio::ip::tcp::socket socket);
    void answer_next_handshake();
    void close_channels_of_ended();
    void sweep();
    void wait_to_sweep();
    Rota::Found look_at(ConnectionId id, base::SteadyTime now);

    Parts parts_;
    FrontLimits limits_;
    boost::asio::ip::tcp::acceptor acceptor_;
    service::Endpoint listen_;
    boost::asio::steady_timer sweep_timer_;
    boost::asio::steady_timer accept_retry_;
    boost::asio::steady_timer moment_timer_;
    KeyStock key_stock_;
    ShareSink* sink_{};
    ChannelKeys* keys_{};
    bool is_accepting_{};
    bool serves_{true};
    std::uint64_t last_id_{};
    // Ids of those in their handshake, the oldest first; and those whose act 1 is there.
    std::set<std::uint64_t> in_handshake_{};
    std::deque<std::shared_ptr<Connection>> to_answer_{};
    std::map<std::uint64_t, std::shared_ptr<Connection>> connections_{};
    boost::unordered_flat_map<std::uint64_t, Connection*> by_id_{};  // the same, for each share
    // Their channels are closed a few in a turn of the loop.
    std::deque<std::shared_ptr<Connection>> ended_{};
    edge::Lingering lingering_;
    edge::AddressCounts by_address_{};
    std::vector<std::shared_ptr<Connection>> to_flush_{};
    WaitingRoom<Connection> paused_{};
    WaitingRoom<Connection> paced_{};
    Rota rota_;
    base::SteadyTime swept_at_{};
    StuckMiners stuck_{};
    // Shared by all connections: one is served at a time, for some 200 frames at most.
    std::array<std::byte, 16 * 1024> read_buffer_{};
    Effects effects_{};
    edge::SpareBuffers spare_buffers_{};
};

template <class Act>
void Connection::act(Act act) {
    if (!session_) return;
    auto& effects = front_.effects();
    effects.clear();
    act(*session_, effects);
    carry_out(effects);
}

}  // namespace gateway
