#include "admin/web_server.h"

#include <algorithm>
#include <boost/asio/ssl/context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "admin/web_connection.h"
#include "edge/address_counts.h"
#include "edge/peer_address.h"
#include "edge/sockets.h"

namespace admin {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
namespace beast = boost::beast;
using asio::ip::tcp;

std::string peer_key(const tcp::socket& socket) {
    boost::system::error_code error;
    const auto remote = socket.remote_endpoint(error);
    return error ? std::string{} : edge::limit_key(edge::to_ip_address(remote.address()));
}

}  // namespace

// Shared by the server and its connections.
class WebServer::State : public WebPeers, public std::enable_shared_from_this<State> {
  public:
    State(service::Loop& loop, const service::Endpoint& listen, std::string_view key,
          const std::optional<WebTls>& tls, const WebLimits& limits, WebHandler handler)
        : acceptor_(edge::listening(loop.context(), listen, key)),
          pause_(loop.context()),
          limits_(limits),
          handler_(std::move(handler)) {
        if (tls) tls_.emplace(loop.context(), *tls, std::string{key});
    }

    WebReply answer(const WebRequest& request) override {
        if (is_closing_) return {.status = 503, .body = "stopping\n"};
        return handler_(request);
    }
    const WebLimits& limits() const override { return limits_; }
    bool is_closing() const override { return is_closing_; }

    void accept();
    void close();
    std::uint16_t port() const { return port_; }
    std::size_t connections() {
        forget_ended();
        return open_.size();
    }

  private:
    struct Open {
        std::weak_ptr<WebConnectionBase> connection{};
        base::IpAddress address{};
    };

    void accept_later();
    void take(tcp::socket socket);
    void forget_ended();

    tcp::acceptor acceptor_;
    std::uint16_t port_ = acceptor_.local_endpoint().port();
    asio::steady_timer pause_;
    WebLimits limits_;
    WebHandler handler_;
    std::optional<WebTlsWatch> tls_{};
    std::vector<Open> open_{};
    edge::AddressCounts by_address_{};
    bool is_closing_ = false;
};

void WebServer::State::accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](beast::error_code error, tcp::socket socket) {
            if (self->is_closing_) return;
            // Out of file descriptors: what waits stays ready, and a loop without a pause would
            // spin.
            if (error) return self->accept_later();
            self->take(std::move(socket));
            self->accept();
        });
}

void WebServer::State::accept_later() {
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([self = shared_from_this()](beast::error_code error) {
        if (!error && !self->is_closing_) self->accept();
    });
}

void WebServer::State::forget_ended() {
    std::erase_if(open_, [this](const Open& open) {
        if (!open.connection.expired()) return false;
        by_address_.remove(open.address);
        return true;
    });
}

void WebServer::State::take(tcp::socket socket) {
    boost::system::error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;
    const auto address = edge::to_ip_address(remote.address());
    forget_ended();
    if (open_.size() >= limits_.connections_max) return;
    if (!by_address_.add(address, limits_.connections_per_peer_max)) return;
    edge::set_options(socket);
    auto peer = peer_key(socket);
    std::shared_ptr<WebConnectionBase> connection;
    if (tls_)
        connection = std::make_shared<WebConnection<ssl::stream<beast::tcp_stream>>>(
            ssl::stream<beast::tcp_stream>{beast::tcp_stream{std::move(socket)}, tls_->context()},
            shared_from_this(), std::move(peer));
    else
        connection = std::make_shared<WebConnection<beast::tcp_stream>>(
            beast::tcp_stream{std::move(socket)}, shared_from_this(), std::move(peer));
    open_.push_back({connection, address});
    connection->start();
}

void WebServer::State::close() {
    if (is_closing_) return;
    is_closing_ = true;
    handler_ = {};
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    if (tls_) tls_->stop();
    for (const auto& open : open_)
        if (const auto connection = open.connection.lock()) connection->close();
    open_.clear();
}

WebServer::WebServer(service::Loop& loop, const service::Endpoint& listen, std::string_view key,
                     const std::optional<WebTls>& tls, const WebLimits& limits, WebHandler handler)
    : state_(std::make_shared<State>(loop, listen, key, tls, limits, std::move(handler))) {
    state_->accept();
}

WebServer::~WebServer() {
    close();
}

void WebServer::close() {
    state_->close();
}

std::uint16_t WebServer::port() const {
    return state_->port();
}

std::size_t WebServer::connections() const {
    return state_->connections();
}

}  // namespace admin
