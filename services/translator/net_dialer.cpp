#include "translator/net_dialer.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>
#include <vector>

#include "edge/link.h"
#include "noise/handshake.h"
#include "sv2/limits.h"

namespace translator {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// Shares of thousands of miners over some seconds; a pool that leaves more unread is ill.
constexpr std::size_t unread_max = std::size_t{4} << 20;
constexpr int user_timeout_ms = 20'000;

/// Kept by the handlers of the loop until they have run; silent once it was ended.
class Dialled : public std::enable_shared_from_this<Dialled> {
  public:
    Dialled(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
            PoolAddress address, PoolLink::Callbacks callbacks)
        : loop_(loop),
          clock_(clock),
          random_(random),
          address_(std::move(address)),
          callbacks_(std::move(callbacks)),
          resolver_(loop),
          timer_(loop) {}

    void start(std::chrono::milliseconds timeout) {
        timeout_ = timeout;
        expire_after(timeout);
        resolver_.async_resolve(
            address_.host, std::to_string(address_.port),
            [self = shared_from_this()](const error_code& error, const auto& found) {
                if (self->is_over_) return;
                if (error)
                    return self->close(
                        "resolve",
                        fmt::format("cannot resolve {}: {}", self->address_.host, error.message()));
                for (const auto& entry : found) self->endpoints_.push_back(entry.endpoint());
                self->connect_next();
            });
    }
    void end() {
        if (std::exchange(is_over_, true)) return;
        stop();
    }
    void send(base::ByteView frames) {
        if (link_) link_->send(frames);
    }
    std::size_t unread() const { return link_ ? link_->unread() : 0; }
    void check(base::SteadyTime now) {
        if (const auto link = link_) link->check(now);
    }

  private:
    void expire_after(std::chrono::milliseconds time) {
        timer_.expires_after(time);
        timer_.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error && !self->is_over_) self->on_timeout();
        });
    }

    void on_timeout() {
        if (link_) return close("handshake-deadline", closed_text("handshake-deadline", true));
        if (endpoints_.empty())
            return close("resolve",
                         fmt::format("cannot resolve {}: no answer in time", address_.host));
        on_unreachable("connect-deadline", "no answer in time");
    }

    /// One address after the other, each with its part of the time: one that swallows what is sent
    /// to it does not keep the others from being tried.
    void connect_next() {
        expire_after(timeout_ / static_cast<std::int64_t>(endpoints_.size()));
        socket_ = std::make_shared<tcp::socket>(loop_);
        socket_->async_connect(endpoints_[tried_],
                               [self = shared_from_this(), socket = socket_](const auto& error) {
                                   if (self->is_over_ || socket != self->socket_) return;
                                   if (error)
                                       return self->on_unreachable("connect", error.message());
                                   self->expire_after(self->timeout_);
                                   self->shake_hands(std::move(*socket));
                               });
    }

    void on_unreachable(std::string_view reason, const std::string& why) {
        error_code ignored;
        socket_->close(ignored);
        if (++tried_ < endpoints_.size()) return connect_next();
        close(reason,
              fmt::format("cannot connect to {} port {}: {}", address_.host, address_.port, why));
    }

    void shake_hands(tcp::socket socket) {
        ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms,
                     sizeof user_timeout_ms);
        const auto weak = weak_from_this();
        const auto link = std::make_shared<edge::Link>(
            std::move(socket), clock_,
            edge::Link::Limits{.payload_max = sv2::limits::payload_from_pool_max,
                               .unread_max = unread_max,
                               .frame_deadline = sv2::limits::frame_deadline,
                               .write_stall_deadline = sv2::limits::write_stall_deadline},
            edge::Link::Callbacks{
                .on_open =
                    [weak] {
                        if (const auto self = weak.lock()) self->on_open();
                    },
                .on_frame =
                    [weak](const sv2::FrameHeader& header, base::ByteView payload) {
                        if (const auto self = weak.lock(); self && !self->is_over_)
                            self->callbacks_.on_frame(header, payload);
                    },
                .on_drained = [] {},
                .on_closed =
                    [weak](std::string_view reason) {
                        if (const auto self = weak.lock()) self->on_link_closed(reason);
                    }});
        link_ = link;
        link->dial(address_.authority, noise::make_ephemeral_key(random_));
    }

    void on_open() {
        if (is_over_) return;
        is_open_ = true;
        timer_.cancel();
        callbacks_.on_open();
    }

    // Perhaps within send(): whoever calls that is told on a later turn.
    void on_link_closed(std::string_view reason) {
        if (is_over_) return;
        boost::asio::post(loop_, [self = shared_from_this(), reason = std::string{reason}] {
            if (!self->is_over_) self->close(reason, closed_text(reason, !self->is_open_));
        });
    }

    void close(std::string_view reason, std::string why) {
        const auto self = shared_from_this();
        is_over_ = true;
        stop();
        callbacks_.on_closed(reason, std::move(why));
    }

    void stop() {
        timer_.cancel();
        resolver_.cancel();
        error_code ignored;
        if (socket_) socket_->close(ignored);
        if (const auto link = std::exchange(link_, nullptr)) link->close("stopped");
    }

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    base::Random& random_;
    PoolAddress address_;
    PoolLink::Callbacks callbacks_;
    tcp::resolver resolver_;
    boost::asio::steady_timer timer_;
    std::chrono::milliseconds timeout_{};
    std::vector<tcp::endpoint> endpoints_{};
    std::size_t tried_{};
    std::shared_ptr<tcp::socket> socket_{};
    std::shared_ptr<edge::Link> link_{};
    bool is_open_ = false;
    bool is_over_ = false;
};

class NetLink final : public PoolLink {
  public:
    explicit NetLink(std::shared_ptr<Dialled> dialled) : dialled_(std::move(dialled)) {}
    ~NetLink() override { dialled_->end(); }
    NetLink(const NetLink&) = delete;
    NetLink& operator=(const NetLink&) = delete;
    void send(base::ByteView frames) override { dialled_->send(frames); }
    std::size_t unread() const override { return dialled_->unread(); }
    void check(base::SteadyTime now) override { dialled_->check(now); }

  private:
    std::shared_ptr<Dialled> dialled_;
};

}  // namespace

std::unique_ptr<PoolLink> NetDialer::dial(const PoolAddress& address,
                                          PoolLink::Callbacks callbacks) {
    auto dialled = std::make_shared<Dialled>(loop_, clock_, random_, address, std::move(callbacks));
    dialled->start(timeout_);
    return std::make_unique<NetLink>(std::move(dialled));
}

std::string closed_text(std::string_view reason, bool is_handshake) {
    using noise::HandshakeError;
    const auto is = [&](HandshakeError error) { return reason == noise::error_code(error); };
    if (is(HandshakeError::wrong_authority))
        return "its certificate is signed by another authority than the one in its url; cure: the "
               "key that the pool says is its authority's";
    if (is(HandshakeError::certificate_expired))
        return "its certificate has expired, or our clock is ahead";
    if (is(HandshakeError::certificate_not_yet_valid))
        return "its certificate is not valid yet, or our clock is behind";
    if (reason == "handshake-deadline")
        return "it does not answer the Noise handshake: is this the port of a Stratum V2 pool?";
    if (is_handshake)
        return fmt::format("the Noise handshake fails ({}): is this the port of a Stratum V2 pool?",
                           reason);
    return fmt::format("the connection ended ({})", reason);
}

}  // namespace translator
