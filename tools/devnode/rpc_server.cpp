#include "devnode/rpc_server.h"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace devnode {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using nlohmann::json;

constexpr std::size_t request_size_max = 16U << 20;  // a block in hexadecimal

// Keeps itself alive through its pending operation, or the answer that it waits for.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(tcp::socket socket, RpcServer::Handler handler)
        : stream_(std::move(socket)), handler_(std::move(handler)) {}

    void read() {
        parser_.emplace();
        parser_->body_limit(request_size_max);
        http::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](beast::error_code error, std::size_t) {
                             if (!error) self->handle();
                         });
    }

  private:
    void handle() {
        const auto request = json::parse(parser_->get().body(), nullptr, false);
        if (request.is_discarded()) return;
        handler_(request, [self = shared_from_this()](const json& answer) {
            const bool is_error = !answer.at("error").is_null();
            self->write(is_error ? http::status::internal_server_error : http::status::ok,
                        answer.dump());
        });
    }

    void write(http::status status, std::string body) {
        response_ = {status, parser_->get().version()};
        response_.set(http::field::content_type, "application/json");
        response_.keep_alive(parser_->get().keep_alive());
        response_.body() = std::move(body);
        response_.prepare_payload();
        http::async_write(stream_, response_,
                          [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error && self->response_.keep_alive()) self->read();
                          });
    }

    beast::tcp_stream stream_;
    RpcServer::Handler handler_;
    beast::flat_buffer buffer_{};
    std::optional<http::request_parser<http::string_body>> parser_{};
    http::response<http::string_body> response_{};
};

}  // namespace

RpcServer::RpcServer(boost::asio::io_context& loop, const tcp::endpoint& listen, Handler handler)
    : acceptor_(loop, listen), handler_(std::move(handler)) {
    accept();
}

void RpcServer::accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
        if (!acceptor_.is_open()) return;
        if (!error) std::make_shared<Connection>(std::move(socket), handler_)->read();
        accept();
    });
}

}  // namespace devnode
