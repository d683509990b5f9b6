#include "service/http_server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <map>
#include <optional>
#include <stdexcept>

namespace service {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::size_t request_size_max = 8 * 1024;

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        const auto* const digits = text.data() + i + 1;
        if (text[i] == '%' && text.size() - i > 2 &&
            std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
            out += static_cast<char>(value);
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

// Listening needs an address, not a name: looking one up would wait.
tcp::endpoint to_listen_address(const Endpoint& listen, std::string_view key) {
    boost::system::error_code error;
    const auto host = listen.host == "localhost" ? std::string{"127.0.0.1"} : listen.host;
    const auto address = asio::ip::make_address(host, error);
    if (error)
        throw std::runtime_error{std::string{key} + ": \"" + listen.host +
                                 "\" is not an address to listen on, e.g. 127.0.0.1 or [::]"};
    return {address, listen.port};
}

}  // namespace

// Shared by the server and its connections: a connection that is in the middle of an answer
// outlives the server by that answer.
class HttpServer::State : public std::enable_shared_from_this<State> {
  public:
    State(Loop& loop, const Endpoint& listen, std::string_view key,
          std::chrono::milliseconds idle_max)
        : acceptor_(loop.context()), pause_(loop.context()), idle_max_(idle_max) {
        const auto address = to_listen_address(listen, key);
        try {
            acceptor_.open(address.protocol());
            acceptor_.set_option(tcp::acceptor::reuse_address(true));
            acceptor_.bind(address);
            acceptor_.listen();
        } catch (const boost::system::system_error& error) {
            throw std::runtime_error{listen_failure(listen, key, error.code())};
        }
    }

    void accept();
    void close() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
    }
    HttpAnswer answer(std::string_view target) const {
        const auto mark = std::min(target.find('?'), target.size());
        const auto at = handlers.find(target.substr(0, mark));
        if (at == handlers.end()) return {.status = 404, .body = "not found\n"};
        return at->second(target.substr(std::min(mark + 1, target.size())));
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::chrono::milliseconds idle_max() const { return idle_max_; }

    std::map<std::string, QueryHandler, std::less<>> handlers{};
    std::size_t connections = 0;

  private:
    void accept_later();

    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    std::chrono::milliseconds idle_max_;
};

namespace {

// One connection, from request to request. Keeps itself alive through its pending operation.
template <class Server>
class Connection : public std::enable_shared_from_this<Connection<Server>> {
  public:
    Connection(tcp::socket socket, std::shared_ptr<Server> server)
        : stream_(std::move(socket)), server_(std::move(server)) {
        ++server_->connections;
    }
    ~Connection() { --server_->connections; }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void read() {
        parser_.emplace();
        parser_->header_limit(request_size_max);
        parser_->body_limit(request_size_max);
        stream_.expires_after(server_->idle_max());
        http::async_read(stream_, buffer_, *parser_,
                         [self = this->shared_from_this()](beast::error_code error, std::size_t) {
                             if (!error) self->write();
                         });
    }

  private:
    void write() {
        const auto& request = parser_->get();
        const auto verb = request.method();
        HttpAnswer answer{.status = 405, .body = "only GET\n"};
        if (verb == http::verb::get || verb == http::verb::head) {
            const std::string_view target{request.target().data(), request.target().size()};
            answer = server_->answer(target);
        }
        response_ = {http::status{answer.status}, request.version()};
        response_.set(http::field::content_type, answer.content_type);
        response_.keep_alive(request.keep_alive());
        response_.content_length(answer.body.size());
        if (verb != http::verb::head) response_.body() = std::move(answer.body);
        stream_.expires_after(server_->idle_max());
        http::async_write(stream_, response_,
                          [self = this->shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error && self->response_.keep_alive()) self->read();
                          });
    }

    beast::tcp_stream stream_;
    std::shared_ptr<Server> server_;
    beast::flat_buffer buffer_{request_size_max};
    std::optional<http::request_parser<http::string_body>> parser_{};
    http::response<http::string_body> response_{};
};

}  // namespace

void HttpServer::State::accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](beast::error_code error, tcp::socket socket) {
            if (error == asio::error::operation_aborted || !self->acceptor_.is_open()) return;
            // Out of file descriptors: the pending connection stays ready, so a loop without a
            // pause would spin.
            if (error) return self->accept_later();
            if (self->connections < connections_max)
                std::make_shared<Connection<State>>(std::move(socket), self)->read();
            self->accept();
        });
}

void HttpServer::State::accept_later() {
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([self = shared_from_this()](beast::error_code error) {
        if (!error) self->accept();
    });
}

HttpServer::HttpServer(Loop& loop, const Endpoint& listen, std::string_view key,
                       std::chrono::milliseconds idle_max)
    : state_(std::make_shared<State>(loop, listen, key, idle_max)) {
    state_->accept();
}

HttpServer::~HttpServer() {
    // What still runs on the loop may not reach into parts that are gone.
    state_->handlers.clear();
    state_->close();
}

void HttpServer::on_get(std::string_view path, Handler handler) {
    on_query(path, [handler = std::move(handler)](std::string_view) { return handler(); });
}

void HttpServer::on_query(std::string_view path, QueryHandler handler) {
    state_->handlers.insert_or_assign(std::string{path}, std::move(handler));
}

std::uint16_t HttpServer::port() const {
    return state_->port();
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        if (pair.substr(0, equals) == name)
            return decoded(pair.substr(std::min(equals + 1, pair.size())));
    }
    return std::nullopt;
}

void serve_metrics_and_health(HttpServer& server, Registry& metrics, const Health& health) {
    server.on_get("/metrics", [&metrics] {
        return HttpAnswer{.body = metrics.text(),
                          .content_type = "text/plain; version=0.0.4; charset=utf-8"};
    });
    server.on_get("/healthz", [] { return HttpAnswer{.body = "live\n"}; });
    server.on_get("/readyz", [&health] {
        if (health.is_ready()) return HttpAnswer{.body = "ready\n"};
        return HttpAnswer{.status = 503, .body = health.reason() + "\n"};
    });
}

}  // namespace service
