#include "template/node_rpc.h"

#include <fmt/format.h>
#include <netinet/tcp.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <ctime>
#include <iomanip>
#include <optional>
#include <sstream>
#include <utility>

namespace templates {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using Kind = NodeError::Kind;

// A machine that is gone is found after 25 s, whatever is being waited for.
void keep_alive(tcp::socket& socket) {
    using Seconds = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
    using Interval = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
    using Probes = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
    beast::error_code ignored;
    socket.set_option(boost::asio::socket_base::keep_alive{true}, ignored);
    socket.set_option(Seconds{10}, ignored);
    socket.set_option(Interval{5}, ignored);
    socket.set_option(Probes{3}, ignored);
    socket.set_option(tcp::no_delay{true}, ignored);
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
    : loop_(loop), settings_(std::move(settings)), resolver_(loop) {
    set_credentials(settings_.credentials);
}

NodeRpc::~NodeRpc() {
    resolver_.cancel();
    if (connection_) connection_->stream.cancel();
}

void NodeRpc::set_credentials(std::string_view credentials) {
    authorization_ = "Basic " + base64(credentials);
}

void NodeRpc::call(std::string_view method, nlohmann::json params, Callback done) {
    call_text(method, std::move(params),
              [done = std::move(done)](const base::Result<Text, NodeError>& answer) {
                  if (answer)
                      done(read_answer(answer->status, answer->body));
                  else
                      done(base::unexpected(answer.error()));
              });
}

void NodeRpc::call_text(std::string_view method, nlohmann::json params, OnText done) {
    if (pending_.size() >= settings_.pending_max) {
        boost::asio::post(loop_, [alive = std::weak_ptr{is_alive_}, done = std::move(done)] {
            if (!alive.expired())
                done(base::unexpected(NodeError{
                    .kind = Kind::no_answer, .code = 0, .message = "too many requests wait"}));
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
            if (error)
                return fail(Kind::no_connection, fmt::format("{} has no address: {}",
                                                             settings_.url.host, error.message()));
            // Also where answers may take for ever, connections may not.
            connection_->stream.expires_after(std::chrono::seconds{10});
            connection_->stream.async_connect(
                addresses, [this, alive, connection = connection_](const auto& connect_error,
                                                                   const tcp::endpoint&) {
                    if (alive.expired()) return;
                    if (connect_error) return fail(Kind::no_connection, connect_error.message());
                    keep_alive(connection->stream.socket());
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
    if (settings_.timeout.count() > 0)
        connection_->stream.expires_after(settings_.timeout);
    else
        connection_->stream.expires_never();

    http::async_write(connection_->stream, request,
                      [this, alive = std::weak_ptr{is_alive_}, connection = connection_](
                          const auto& error, std::size_t) {
                          if (alive.expired()) return;
                          if (error) return on_lost(error);
                          http::async_read(
                              connection->stream, connection->buffer, *connection->parser,
                              [this, alive, connection](const auto& read_error, std::size_t) {
                                  if (alive.expired()) return;
                                  if (read_error) return on_lost(read_error);
                                  on_answer();
                              });
                      });
}

void NodeRpc::on_lost(const boost::system::error_code& error) {
    if (error == http::error::body_limit) return fail(Kind::no_rpc, "the answer is too large");
    if (error == beast::error::timeout)
        return fail(Kind::no_answer,
                    fmt::format("no answer within {} ms", settings_.timeout.count()));
    const bool is_http =
        error == http::error::end_of_stream || error == http::error::partial_message ||
        error.category() != http::make_error_code(http::error::bad_version).category();
    if (!is_http) return fail(Kind::no_rpc, "what answers does not speak HTTP: " + error.message());
    // A node closes a connection that was idle; that is no reason to fail a request.
    if (!is_fresh_) {
        connection_.reset();
        return connect();
    }
    fail(Kind::no_answer, "the connection was closed without an answer: " + error.message());
}

void NodeRpc::on_answer() {
    auto response = connection_->parser->release();
    is_fresh_ = false;
    const auto date = response.find(http::field::date);
    date_ = date == response.end() ? std::nullopt : parse_http_date(std::string{date->value()});
    connection_->stream.expires_never();
    if (!response.keep_alive()) connection_.reset();
    finish(Text{.status = response.result_int(), .body = std::move(response.body())});
}

void NodeRpc::fail(NodeError::Kind kind, std::string why) {
    connection_.reset();
    finish(base::unexpected(NodeError{.kind = kind, .code = 0, .message = std::move(why)}));
}

void NodeRpc::finish(base::Result<Text, NodeError> result) {
    const auto done = std::move(pending_.front().done);
    pending_.pop_front();
    is_asking_ = false;
    const std::weak_ptr alive{is_alive_};
    done(std::move(result));
    if (!alive.expired()) next();
}

base::Result<nlohmann::json, NodeError> read_answer(unsigned status, std::string_view body) {
    const auto wrong = [&](Kind kind, std::string why) {
        return base::unexpected(
            NodeError{.kind = kind, .code = static_cast<int>(status), .message = std::move(why)});
    };
    if (status == 401) return wrong(Kind::unauthorised, "HTTP status 401");
    if (status == 403) return wrong(Kind::forbidden, "HTTP status 403");
    auto answer = nlohmann::json::parse(body, nullptr, false);
    if (!answer.is_object())
        return wrong(status == 503 ? Kind::busy : Kind::no_rpc,
                     fmt::format("HTTP status {} without a JSON-RPC answer", status));
    if (const auto error = answer.find("error"); error != answer.end() && !error->is_null()) {
        NodeError refused{.kind = Kind::refused, .code = 0, .message = error->dump()};
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
        return wrong(Kind::no_rpc, "the answer has neither result nor error");
    return std::move(*result);
}

std::optional<std::chrono::sys_seconds> parse_http_date(const std::string& text) {
    std::tm parts{};
    std::istringstream in{text};
    in.imbue(std::locale::classic());
    in >> std::get_time(&parts, "%a, %d %b %Y %H:%M:%S");
    if (!in || !text.ends_with(" GMT")) return std::nullopt;
    const std::chrono::year_month_day day{
        std::chrono::year{parts.tm_year + 1900},
        std::chrono::month{static_cast<unsigned>(parts.tm_mon + 1)},
        std::chrono::day{static_cast<unsigned>(parts.tm_mday)}};
    if (!day.ok()) return std::nullopt;
    return std::chrono::sys_days{day} + std::chrono::hours{parts.tm_hour} +
           std::chrono::minutes{parts.tm_min} + std::chrono::seconds{parts.tm_sec};
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
