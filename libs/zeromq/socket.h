#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

namespace zeromq {

/// A ZeroMQ socket on our loop. Never blocks. Owned and called by the loop's thread.
///
/// ZMQ_FD is edge-triggered: it says once that something changed, and a send may swallow the edge
/// of an arrival. So ZMQ_EVENTS is read again after every receive and, in a posted turn, after
/// every send.
class Socket {
  public:
    using OnMessage = std::function<void(std::vector<std::string> frames)>;
    enum class Sent {
        yes,
        unreachable,  ///< ROUTER: there is no such peer; DEALER: not connected
        full,         ///< the high-water mark
    };

    Socket(boost::asio::io_context& loop, zmq::socket_t socket, OnMessage on_message);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    Sent send(std::span<const std::string_view> frames);

    /// Where it is bound, as ZeroMQ writes it.
    std::string endpoint() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace zeromq
