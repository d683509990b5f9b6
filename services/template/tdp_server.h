#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "edge/address_counts.h"
#include "edge/link.h"
#include "edge/request_pace.h"
#include "noise/identity.h"
#include "service/endpoint.h"
#include "service/metrics.h"
#include "sv2/limits.h"
#include "template/tdp_session.h"

namespace templates {

struct TdpServerMetrics {
    explicit TdpServerMetrics(service::Registry& registry);
    service::Gauge& connections;
    service::Gauge& unsent_bytes;
    service::Family<service::Counter>& closed;     // by reason
    service::Family<service::Counter>& oddities;   // by kind
    service::Family<service::Counter>& solutions;  // by what they were
};

/// Serves our templates to others by the Template Distribution Protocol: job declarator clients,
/// other pools (Sv2 7; docs/adr/0015). Accepts, counts, watches deadlines; TdpSession decides.
/// Owned by main, called by the loop.
class TdpServer {
  public:
    struct Settings {
        service::Endpoint listen{};
        TdpSession::Limits session{};
        /// Few have a use for templates, and each of them may have megabytes under way.
        std::size_t connections_max = 64;
        std::size_t connections_per_address_max = 16;
        /// A client asks for the transactions of each template once, and there are two a minute.
        edge::RequestPace::Limits requests{.per_second = 20, .burst = 50};
        std::chrono::milliseconds handshake_deadline{sv2::limits::handshake_deadline};
        /// From the handshake to SetupConnection, and from there to CoinbaseOutputConstraints.
        std::chrono::milliseconds setup_deadline{sv2::limits::setup_deadline};
        std::chrono::milliseconds write_stall_deadline{sv2::limits::write_stall_deadline};
        /// Above the largest answer: who takes that, however slowly, is not late.
        std::size_t unread_max = sv2::payload_size_max + (std::size_t{4} << 20);
    };
    struct Parts {
        boost::asio::io_context& loop;
        const base::Clock& clock;
        base::Random& random;
        const noise::GatewayIdentity& identity;  ///< read for each handshake
        const TemplateStore& store;
        TdpServerMetrics metrics;
        /// What somebody says is a block of ours: it meets the network target. Returns what it was
        /// for the metric: "taken".
        std::function<std::string_view(const TdpSession::Solution&)> on_solution{};
    };

    /// Binds, so that a port in use is known at the start; accepts from open() on.
    /// Errors: throws std::runtime_error naming address and cure.
    TdpServer(Parts parts, Settings settings);
    ~TdpServer();
    TdpServer(const TdpServer&) = delete;
    TdpServer& operator=(const TdpServer&) = delete;

    void open();
    /// The store has another template, or more transactions.
    void on_change();
    /// The service stops.
    void close();

    /// The port that the kernel gave where the configuration says 0.
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::size_t connections() const { return connections_.size(); }
    void publish_unsent();

  private:
    struct Connection {
        std::uint64_t id{};
        std::string peer{};
        base::IpAddress address{};
        std::shared_ptr<edge::Link> link{};
        std::optional<TdpSession> session{};  // from the handshake on
        edge::RequestPace pace{};
        base::SteadyTime phase_since{};
        bool was_set_up{};
    };

    void accept();
    void admit(boost::asio::ip::tcp::socket socket);
    bool make_room();
    void on_frame(std::uint64_t id, const sv2::FrameHeader& header, base::ByteView payload);
    void on_closed(std::uint64_t id, std::string_view reason);
    void carry_out(Connection& connection, TdpSession::Effects& effects);
    void look_after(Connection& connection, base::SteadyTime now);
    void resume(Connection& connection);
    void sweep();
    TdpSession::Now now() const;

    Parts parts_;
    Settings settings_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer sweep_timer_;
    bool is_accepting_ = false;
    bool is_closed_ = false;
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, std::shared_ptr<Connection>> connections_{};
    edge::AddressCounts by_address_{};
    std::optional<base::SteadyTime> warned_at_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
