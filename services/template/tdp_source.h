#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "edge/link.h"
#include "noise/url.h"
#include "rpc/backoff.h"
#include "service/metrics.h"
#include "template/source.h"
#include "template/tdp_client.h"
#include "template/tdp_submissions.h"

namespace templates {

/// What the sources of this kind count together.
struct TdpSourceMetrics {
    explicit TdpSourceMetrics(service::Registry& registry);
    service::Family<service::Counter>& connections;   // by result: "ok", or why not
    service::Family<service::Counter>& transactions;  // by result: "ok", "refused"
    service::Family<service::Counter>& solutions;     // by what became of them
};

/// A node that speaks the Template Distribution Protocol over Noise, as its client (docs/adr/0015).
class TdpSource final : public Source {
  public:
    struct Settings {
        noise::PoolUrl url{};
        /// What the pool's outputs take at most in a coinbase: the node leaves that much room.
        std::uint32_t outputs_bytes_max = 1000;
        std::uint16_t outputs_sigops_max = 400;
        std::chrono::milliseconds connect_timeout{10'000};
        bitcoin::Network network = bitcoin::Network::regtest;
    };

    TdpSource(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
              Settings settings, TdpSourceMetrics metrics);
    ~TdpSource() override;
    TdpSource(const TdpSource&) = delete;
    TdpSource& operator=(const TdpSource&) = delete;

    std::string_view name() const override { return "sv2-tp"; }
    void start(Callbacks callbacks) override;
    void submit_block(SolvedBlock block, OnSubmitted on_submitted) override;
    void find_block(const bitcoin::BlockHash& hash, OnFound on_found) override;

  private:
    struct Address {
        std::string host{};
        std::uint16_t port{};
    };

    void connect();
    void on_connected(boost::asio::ip::tcp::socket socket);
    void on_closed(std::string_view reason);
    void on_unreachable(const std::string& why);
    void lose(const std::string& why);
    void give_up(const std::string& why);
    void apply(TdpClient::Effects effects);
    void send_solution(const SolvedBlock& block, const GivenTemplate& given,
                       OnSubmitted on_submitted);
    void answer(TdpSubmissions::Answers answers);
    void answer_later(OnSubmitted to, SubmitAnswer answer);
    void tick();

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    base::Random& random_;
    Settings settings_;
    TdpSourceMetrics metrics_;
    rpc::Backoff backoff_;
    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::steady_timer timer_;  // until the next try, or the end of this one
    boost::asio::steady_timer tick_;
    Callbacks callbacks_{};
    std::shared_ptr<boost::asio::ip::tcp::socket> dialled_{};
    std::shared_ptr<edge::Link> link_{};
    std::optional<TdpClient> client_{};  // from the handshake on
    std::optional<TdpClient::Failure> failure_{};
    Address address_{};                   // of this connection
    std::optional<Address> elsewhere_{};  // where the node sent us by Reconnect
    TdpSubmissions submissions_{};
    std::uint64_t next_origin_;
    bool has_tip_ = false;  // this connection has named one
    bool has_worked_ = false;
    bool is_lost_ = false;
    bool is_over_ = false;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

/// What a closed connection means to an operator; `is_handshake` when it had not come further.
std::string closed_text(std::string_view reason, bool is_handshake);

}  // namespace templates
