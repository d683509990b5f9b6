#include "admin/http_post.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <memory>
#include <optional>

namespace admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::size_t answer_size_max = 64 * 1024;  // of which only the status is read

/// Keeps itself alive until it has an outcome.
class Posting : public std::enable_shared_from_this<Posting> {
  public:
    using Plain = beast::tcp_stream;
    using Secured = beast::ssl_stream<beast::tcp_stream>;

    Posting(asio::io_context& loop, asio::ssl::context& tls, HttpPost request,
            std::function<void(HttpOutcome)> done)
        : resolver_(loop), request_(std::move(request)), done_(std::move(done)) {
        if (request_.url.is_https)
            secured_.emplace(loop, tls);
        else
            plain_.emplace(loop);
        message_.method(http::verb::post);
        message_.version(11);
        message_.target(request_.url.target);
        message_.set(http::field::host, request_.url.authority());
        message_.keep_alive(false);
        for (const auto& [name, value] : request_.headers) message_.set(name, value);
        message_.body() = std::move(request_.body);
        message_.prepare_payload();
        parser_.body_limit(answer_size_max);
    }

    void begin() {
        resolver_.async_resolve(request_.url.host, request_.url.port,
                                [self = shared_from_this()](auto error, const auto& found) {
                                    if (error) return self->fail("looking up the host", error);
                                    self->connect(found);
                                });
    }

  private:
    Plain& socket() { return secured_ ? beast::get_lowest_layer(*secured_) : *plain_; }

    void connect(const tcp::resolver::results_type& found) {
        socket().expires_after(request_.timeout);
        socket().async_connect(found, [self = shared_from_this()](auto error, const auto&) {
            if (error) return self->fail("connecting", error);
            if (self->secured_)
                self->shake_hands();
            else
                self->send(*self->plain_);
        });
    }

    void shake_hands() {
        // The name that the certificate is chosen by, and the one that it must be for.
        // SSL_set_tlsext_host_name(), a macro with a cast that we do not write.
        if (SSL_ctrl(secured_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                     TLSEXT_NAMETYPE_host_name, request_.url.host.data()) != 1)
            return fail("naming the host", beast::error_code{});
        secured_->set_verify_mode(asio::ssl::verify_peer);
        secured_->set_verify_callback(asio::ssl::host_name_verification(request_.url.host));
        secured_->async_handshake(asio::ssl::stream_base::client,
                                  [self = shared_from_this()](auto error) {
                                      if (error) return self->fail("TLS", error);
                                      self->send(*self->secured_);
                                  });
    }

    template <class Stream>
    void send(Stream& stream) {
        http::async_write(stream, message_, [self = shared_from_this(), &stream](auto error, auto) {
            if (error) return self->fail("sending", error);
            http::async_read(stream, self->buffer_, self->parser_, [self](auto read_error, auto) {
                // An answer that is too long has a status, too.
                if (read_error && !self->parser_.is_header_done())
                    return self->fail("waiting for the answer", read_error);
                self->end({.status = self->parser_.get().result_int(), .why = {}});
            });
        });
    }

    void fail(const char* at, const beast::error_code& error) {
        end({.status = 0, .why = std::string{at} + ": " + error.message()});
    }

    void end(HttpOutcome outcome) {
        beast::error_code ignored;
        socket().socket().close(ignored);
        if (done_) std::exchange(done_, nullptr)(std::move(outcome));
    }

    tcp::resolver resolver_;
    HttpPost request_;
    std::function<void(HttpOutcome)> done_;
    std::optional<Plain> plain_{};
    std::optional<Secured> secured_{};
    http::request<http::string_body> message_{};
    beast::flat_buffer buffer_{};
    http::response_parser<http::string_body> parser_{};
};

}  // namespace

void post(asio::io_context& loop, asio::ssl::context& tls, HttpPost request,
          std::function<void(HttpOutcome)> done) {
    std::make_shared<Posting>(loop, tls, std::move(request), std::move(done))->begin();
}

asio::ssl::context client_tls(const std::optional<std::filesystem::path>& ca_file) {
    asio::ssl::context tls{asio::ssl::context::tls_client};
    if (ca_file)
        tls.load_verify_file(ca_file->string());
    else
        tls.set_default_verify_paths();
    return tls;
}

}  // namespace admin
