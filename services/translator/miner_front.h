#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "edge/address_counts.h"
#include "edge/lingering.h"
#include "edge/spare_buffers.h"
#include "service/endpoint.h"
#include "sv1/parser.h"
#include "translator/front_limits.h"
#include "translator/front_metrics.h"
#include "translator/miner_connection.h"

namespace translator {

class TlsWatch;

/// Where SV1 miners connect: accepts, counts, watches deadlines, and owns the connections.
class MinerFront {
  public:
    struct Parts {
        boost::asio::io_context& loop;
        const base::Clock& clock;
        FrontMetrics& metrics;
        /// For the sessions; outlives the front.
        MinerContext& miners;
    };

    MinerFront(Parts parts, FrontLimits limits);
    /// Ends what is still there: handlers that the loop never runs may outlive it, sessions may
    /// not.
    ~MinerFront();
    MinerFront(const MinerFront&) = delete;
    MinerFront& operator=(const MinerFront&) = delete;

    /// Binds, so that a port in use is known at the start; accepts from open() on. `key` of the
    /// configuration chose the address. Where `tls` is given, every connection begins with it; it
    /// outlives the front.
    /// Errors: throws std::runtime_error naming address and cure.
    void listen(const service::Endpoint& address, std::string_view key,
                const TlsWatch* tls = nullptr);
    void open();
    /// No new connections.
    void stop_accepting();
    /// While it does not serve, who connects is let go at once, to try elsewhere.
    void set_serving(bool serves) { serves_ = serves; }

    MinerConnection* find(ConnectionId id) const;
    /// Every connection, in the order in which they came. Acting may close it.
    void for_each(const std::function<void(MinerConnection&)>& act);
    void close_all(std::string_view reason);
    /// Those that have not said a line.
    void close_silent(std::string_view reason);
    std::size_t connections() const { return connections_.size(); }
    /// No connection is there, every session has heard of its end, and every miner seen it.
    bool is_empty() const {
        return connections_.empty() && ended_.empty() && lingering_.size() == 0;
    }

    /// What waits in the front and its connections.
    struct Queues {
        std::size_t silent{};
        std::size_t paced{};  ///< sockets that are not read for a moment
        std::size_t unsent_bytes{};
        std::optional<base::SteadyTime> unsent_since{};  ///< since when the slowest owes us
        std::size_t fullest_unsent{};                    ///< of the one to whom most is unsent
    };
    Queues queues() const;
    /// Miners whose channel is not there yet, as of the last look at all of them.
    struct Waiting {
        std::size_t miners{};
        std::optional<base::SteadyTime> since{};  ///< when the first of them began to
        ConnectionId first{};
    };
    const Waiting& waiting() const { return waiting_; }
    /// What all connections hold, as MinerConnection::memory() estimates it.
    std::size_t memory() const;
    /// The port that the kernel gave where the configuration says 0; of the nth listen().
    std::uint16_t port(std::size_t nth = 0) const;

    // For the connections.
    const Parts& parts() const { return parts_; }
    const FrontLimits& limits() const { return limits_; }
    sv1::Parser& parser() { return parser_; }
    std::span<std::byte> read_buffer() { return read_buffer_; }
    /// What is being said, to one connection at a time: it is shared by all, so that nobody keeps
    /// memory for it. Whose it is not sends first.
    std::string& lines_of(MinerConnection& connection);
    bool has_lines_of(const MinerConnection& connection) const { return writer_ == &connection; }
    void lines_are_taken();
    base::Bytes take_buffer() { return spare_buffers_.take(); }
    void give_back(base::Bytes buffer) { spare_buffers_.give_back(std::move(buffer)); }
    void wait_a_moment(std::shared_ptr<MinerConnection> connection);
    /// A step of a handshake costs up to a millisecond: one in a turn of the loop, so that a
    /// thousand that come at once do not keep the shares of others waiting.
    void handshake_soon(std::shared_ptr<MinerConnection> connection);
    void has_spoken(MinerConnection& connection) { silent_.erase(connection.id().value); }
    /// Counts one more connection of this address. Errors: the reason to refuse it.
    std::optional<std::string_view> take_in(const base::IpAddress& address);
    void ended(MinerConnection& connection, std::string_view reason);
    void linger(boost::asio::ip::tcp::socket socket) { lingering_.add(std::move(socket)); }

  private:
    struct Listener {
        boost::asio::ip::tcp::acceptor acceptor;
        boost::asio::steady_timer retry;
        const TlsWatch* tls{};
    };
    void accept(Listener& listener);
    void admit(boost::asio::ip::tcp::socket socket, const TlsWatch* tls);
    void shake_next_hand();
    void bury_next();
    void sweep(std::uint64_t from);
    void look_at(MinerConnection& connection, base::SteadyTime now);

    Parts parts_;
    FrontLimits limits_;
    std::deque<Listener> listeners_{};
    boost::asio::steady_timer sweep_timer_;
    boost::asio::steady_timer moment_timer_;
    sv1::Parser parser_;
    bool is_accepting_{};
    bool serves_{true};
    std::uint64_t last_id_{};
    std::set<std::uint64_t> silent_{};  // the oldest first
    std::deque<std::shared_ptr<MinerConnection>> to_shake_{};
    std::map<std::uint64_t, std::shared_ptr<MinerConnection>> connections_{};
    std::deque<std::shared_ptr<MinerConnection>> ended_{};  // their sessions hear of it in turn
    edge::Lingering lingering_;
    edge::AddressCounts by_address_{};
    std::vector<std::shared_ptr<MinerConnection>> paced_{};
    Waiting waiting_{};
    Waiting seen_waiting_{};  // by the look that goes on
    // One record of TLS, and for plain sockets a part of it.
    std::array<std::byte, 16 * 1024> read_buffer_{};
    std::string lines_{};
    MinerConnection* writer_{};  // whose lines_ are
    edge::SpareBuffers spare_buffers_{};
};

}  // namespace translator
