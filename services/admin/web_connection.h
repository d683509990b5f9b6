#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "admin/web_message.h"
#include "admin/web_rules.h"
#include "admin/web_server.h"

namespace admin {

/// What a connection needs of its server, which it may outlive by the answer that it is sending.
class WebPeers {
  public:
    virtual ~WebPeers() = default;
    virtual WebReply answer(const WebRequest& request) = 0;
    virtual const WebLimits& limits() const = 0;
    virtual bool is_closing() const = 0;
};

/// A connection as its server sees it.
class WebConnectionBase {
  public:
    virtual ~WebConnectionBase() = default;
    virtual void start() = 0;
    virtual void close() = 0;
};

inline bool has_tls(const boost::beast::tcp_stream&) {
    return false;
}
template <class Layer>
bool has_tls(const boost::asio::ssl::stream<Layer>&) {
    return true;
}

/// One connection, from request to request, or to a stream of events. Keeps itself alive through
/// its pending operation; `Stream` is a beast::tcp_stream, or TLS over one.
template <class Stream>
class WebConnection final : public WebConnectionBase,
                            public EventStream,
                            public std::enable_shared_from_this<WebConnection<Stream>> {
  public:
    using Error = boost::beast::error_code;

    WebConnection(Stream stream, std::shared_ptr<WebPeers> server, std::string peer)
        : stream_(std::move(stream)),
          server_(std::move(server)),
          peer_(std::move(peer)),
          pause_(stream_.get_executor()) {}

    void start() override {
        if constexpr (std::is_same_v<Stream, boost::beast::tcp_stream>) {
            read();
        } else {
            lowest().expires_after(server_->limits().idle_max);
            stream_.async_handshake(boost::asio::ssl::stream_base::server,
                                    [self = this->shared_from_this()](Error error) {
                                        if (!error) self->read();
                                    });
        }
    }

    void close() override {
        is_open_ = false;
        pause_.cancel();
        lowest().close();
    }
    bool is_open() const override { return is_open_; }

    bool send(std::shared_ptr<const std::string> text) override {
        if (!is_open_) return false;
        unread_ += text->size();
        if (unread_ > server_->limits().unread_events_max) {
            close();
            return false;
        }
        unsent_.push_back(std::move(text));
        if (unsent_.size() == 1) write_event();
        return true;
    }

  private:
    using Body = boost::beast::http::span_body<const char>;

    boost::beast::tcp_stream& lowest() { return boost::beast::get_lowest_layer(stream_); }

    void read() {
        namespace http = boost::beast::http;
        if (!is_open_ || server_->is_closing()) return;
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(server_->limits().request_size_max));
        parser_->body_limit(std::uint64_t{0});
        lowest().expires_after(server_->limits().idle_max);
        http::async_read(stream_, buffer_, *parser_,
                         [self = this->shared_from_this()](Error error, std::size_t) {
                             if (!error)
                                 self->answer();
                             else
                                 self->refuse(error);
                         });
    }

    // A request that is no request gets an answer, so that a proxy's operator finds the reason.
    void refuse(Error error) {
        namespace http = boost::beast::http;
        if (!is_open_) return;
        if (error == http::error::header_limit || error == http::error::buffer_overflow)
            reply_ = {.status = 431, .body = "request headers are too large\n"};
        else if (error == http::error::body_limit)
            reply_ = {.status = 413, .body = "a request here has no body\n"};
        else if (error.category() == http::make_error_code(http::error::bad_method).category() &&
                 error != http::error::end_of_stream && error != http::error::partial_message)
            reply_ = {.status = 400, .body = "not HTTP/1.1 as it should be\n"};
        else
            return;
        write(false, false);
    }

    void answer() {
        namespace http = boost::beast::http;
        const auto& request = parser_->get();
        const auto verb = request.method();
        if (verb != http::verb::get && verb != http::verb::head) {
            reply_ = {
                .status = 405, .body = "only GET and HEAD\n", .headers = {{"Allow", "GET, HEAD"}}};
            return write(false, request.keep_alive());
        }
        const std::string_view target{request.target().data(), request.target().size()};
        const auto mark = std::min(target.find('?'), target.size());
        reply_ = server_->answer(
            {.path = target.substr(0, mark),
             .query = target.substr(std::min(mark + 1, target.size())),
             .host = header(http::field::host),
             .if_none_match = header(http::field::if_none_match),
             .last_event_id = header("Last-Event-ID"),
             .peer = peer_,
             .accepts_gzip = admin::accepts_gzip(header(http::field::accept_encoding))});
        const bool is_head = verb == http::verb::head;
        if (reply_.on_stream && !is_head) return open_stream();
        if (reply_.delay.count() == 0) return write(is_head, request.keep_alive());
        pause_.expires_after(reply_.delay);
        pause_.async_wait(
            [self = this->shared_from_this(), is_head, keep = request.keep_alive()](Error error) {
                if (!error) self->write(is_head, keep);
            });
    }

    template <class Name>
    std::string_view header(Name name) const {
        const auto value = parser_->get()[name];
        return {value.data(), value.size()};
    }

    void write(bool is_head, bool keep_alive) {
        namespace http = boost::beast::http;
        if (!is_open_) return;
        response_ = {http::status{reply_.status}, 11};
        const auto bytes = reply_.bytes();
        for (const auto& [name, value] : protective_headers()) response_.set(name, value);
        if (has_tls(stream_)) response_.set("Strict-Transport-Security", "max-age=31536000");
        for (const auto& [name, value] : reply_.headers) response_.set(name, value);
        if (reply_.is_gzip) response_.set(http::field::content_encoding, "gzip");
        response_.keep_alive(keep_alive && !server_->is_closing());
        if (reply_.status != 304) {
            response_.set(http::field::content_type, reply_.content_type);
            response_.content_length(bytes.size());
            if (!is_head) response_.body() = {bytes.data(), bytes.size()};
        }
        lowest().expires_after(server_->limits().idle_max);
        http::async_write(stream_, response_,
                          [self = this->shared_from_this()](Error error, std::size_t) {
                              if (!error && self->response_.keep_alive())
                                  self->read();
                              else
                                  self->end();
                          });
    }

    // What was sent shall arrive: no reset while the peer still reads.
    void end() {
        Error ignored;
        lowest().socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    }

    void open_stream() {
        auto head = std::make_shared<std::string>("HTTP/1.1 200 OK\r\n");
        for (const auto& [name, value] : protective_headers())
            *head += name + ": " + value + "\r\n";
        *head +=
            "Content-Type: text/event-stream\r\nCache-Control: no-store\r\n"
            "X-Accel-Buffering: no\r\nConnection: close\r\n\r\n";
        lowest().expires_never();
        watch_for_end();
        if (send(std::move(head))) reply_.on_stream(this->shared_from_this());
        reply_.on_stream = {};
    }

    // A browser says nothing more on a stream: whatever comes is its end.
    void watch_for_end() {
        stream_.async_read_some(
            boost::asio::buffer(rest_),
            [self = this->shared_from_this()](Error, std::size_t) { self->close(); });
    }

    void write_event() {
        boost::asio::async_write(stream_, boost::asio::buffer(*unsent_.front()),
                                 [self = this->shared_from_this()](Error error, std::size_t) {
                                     if (error) return self->close();
                                     self->event_written();
                                 });
    }

    void event_written() {
        unread_ -= unsent_.front()->size();
        unsent_.pop_front();
        if (!unsent_.empty() && is_open_) write_event();
    }

    Stream stream_;
    std::shared_ptr<WebPeers> server_;
    std::string peer_;
    boost::asio::steady_timer pause_;
    boost::beast::flat_buffer buffer_{64 * 1024};
    std::optional<boost::beast::http::request_parser<boost::beast::http::empty_body>> parser_{};
    WebReply reply_{};
    boost::beast::http::response<Body> response_{};
    bool is_open_ = true;
    std::deque<std::shared_ptr<const std::string>> unsent_{};
    std::size_t unread_ = 0;
    char rest_[16]{};
};

}  // namespace admin
