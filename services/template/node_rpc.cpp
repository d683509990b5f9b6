#include "template/node_rpc.h"

#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <utility>

namespace templates {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;

NodeError unreachable(std::string why) {
    return {.kind = NodeError::Kind::unreachable, .code = 0, .message = std::move(why)};
}

}  // namespace

// What belongs to one TCP connection; handlers keep it until they have run.
struct NodeRpc::Connection {
    explicit Connection(boost::asio::io_context& loop) : stream(loop) {}
    beast::tcp_stream stream;
    beast::flat_buffer buffer{};
    http::request<http::string_body> request{};
    std::optional<http::response_parser<http::string_body>> parser{};
};

NodeRpc::NodeRpc(boost::asio::io_context& loop, Settings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      authorization_("Basic " + base64(settings_.credentials)),
      resolver_(loop) {}

NodeRpc::~NodeRpc() {
    resolver_.cancel();
    if (connection_) connection_->stream.cancel();
}

void NodeRpc::call(std::string_view method, nlohmann::json params, Callback done) {
    if (pending_.size() >= settings_.pending_max) {
        boost::asio::post(loop_, [alive = std::weak_ptr{is_alive_}, done = std::move(done)] {
            if (!alive.expired()) done(base::unexpected(unreachable("too many requests wait")));
        });
        return;
    }
    const nlohmann::json body{{"jsonrpc", "1.0"},
                              {"id", next_id_++},
                              {"method", std::string{method}},
                              {"params", std::move(params)}};
    pending_.push_back({.body = body.dump(), .done = std::move(done)});
    next();
}

void NodeRpc::next() {
    if (is_asking_ || pending_.empty()) return;
    is_asking_ = true;
    if (connection_)
        exchange();
    else
        connect();
}

void NodeRpc::connect() {
    connection_ = std::make_shared<Connection>(loop_);
    is_fresh_ = true;
    resolver_.async_resolve(
        settings_.url.host, std::to_string(settings_.url.port),
        [this, alive = std::weak_ptr{is_alive_}](const auto& error, const auto& addresses) {
            if (alive.expired()) return;
            if (error) return fail("cannot resolve " + settings_.url.host + ": " + error.message());
            connection_->stream.expires_after(settings_.timeout);
            connection_->stream.async_connect(
                addresses, [this, alive, connection = connection_](const auto& connect_error,
                                                                   const tcp::endpoint&) {
                    if (alive.expired()) return;
                    if (connect_error) return fail("cannot connect: " + connect_error.message());
                    exchange();
                });
        });
}

void NodeRpc::exchange() {
    auto& request = connection_->request;
    request = {http::verb::post, settings_.url.path, 11};
    request.set(http::field::host, settings_.url.host + ":" + std::to_string(settings_.url.port));
    request.set(http::field::authorization, authorization_);
    request.set(http::field::content_type, "application/json");
    request.keep_alive(true);
    request.body() = pending_.front().body;
    request.prepare_payload();
    connection_->parser.emplace();
    connection_->parser->body_limit(settings_.answer_size_max);
    connection_->stream.expires_after(settings_.timeout);

    // A node closes a connection that was idle; that is no reason to fail a request.
    const auto lost = [this](const beast::error_code& error) {
        if (!is_fresh_ && error != beast::error::timeout) {
            connection_.reset();
            return connect();
        }
        fail(error == beast::error::timeout ? "no answer in time"
                                            : "connection lost: " + error.message());
    };
    http::async_write(connection_->stream, request,
                      [this, alive = std::weak_ptr{is_alive_}, connection = connection_, lost](
                          const auto& error, std::size_t) {
                          if (alive.expired()) return;
                          if (error) return lost(error);
                          http::async_read(
                              connection->stream, connection->buffer, *connection->parser,
                              [this, alive, connection, lost](const auto& read_error, std::size_t) {
                                  if (alive.expired()) return;
                                  if (read_error == http::error::body_limit)
                                      return fail("the answer is too large");
                                  if (read_error) return lost(read_error);
                                  const auto& response = connection->parser->get();
                                  on_answer(response.result_int(), response.body(),
                                            response.keep_alive());
                              });
                      });
}

void NodeRpc::on_answer(unsigned status, const std::string& body, bool keep_alive) {
    auto result = read_answer(status, body);
    is_fresh_ = false;
    connection_->stream.expires_never();
    if (!keep_alive) connection_.reset();
    finish(std::move(result));
}

void NodeRpc::fail(const std::string& why) {
    connection_.reset();
    finish(base::unexpected(unreachable(why)));
}

void NodeRpc::finish(base::Result<nlohmann::json, NodeError> result) {
    const auto done = std::move(pending_.front().done);
    pending_.pop_front();
    is_asking_ = false;
    const std::weak_ptr alive{is_alive_};
    done(std::move(result));
    if (!alive.expired()) next();
}

base::Result<nlohmann::json, NodeError> read_answer(unsigned status, std::string_view body) {
    if (status == 401 || status == 403)
        return base::unexpected(NodeError{.kind = NodeError::Kind::unauthorised,
                                          .code = static_cast<int>(status),
                                          .message = "HTTP status " + std::to_string(status)});
    auto answer = nlohmann::json::parse(body, nullptr, false);
    if (!answer.is_object())
        return base::unexpected(
            unreachable("HTTP status " + std::to_string(status) + " without a JSON-RPC answer"));
    if (const auto error = answer.find("error"); error != answer.end() && !error->is_null()) {
        NodeError refused{.kind = NodeError::Kind::refused, .code = 0, .message = error->dump()};
        if (error->is_object()) {
            if (const auto code = error->find("code");
                code != error->end() && code->is_number_integer())
                refused.code = code->get<int>();
            if (const auto message = error->find("message");
                message != error->end() && message->is_string())
                refused.message = message->get<std::string>();
        }
        return base::unexpected(std::move(refused));
    }
    const auto result = answer.find("result");
    if (result == answer.end())
        return base::unexpected(unreachable("the answer has neither result nor error"));
    return std::move(*result);
}

std::string base64(std::string_view text) {
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group =
                (group << 8) | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
        for (std::size_t j = 0; j < 4; ++j)
            out.push_back(i + j <= text.size() ? alphabet[(group >> (18 - 6 * j)) & 63U] : '=');
    }
    return out;
}

}  // namespace templates
