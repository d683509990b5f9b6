#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <zmq.hpp>

#include "zeromq/socket.h"

namespace zeromq {

/// Hears when a socket has a peer and when it has lost it. For sockets that connect to one
/// endpoint. Owned and called by the loop's thread; ends with the socket, or before it.
class Monitor {
  public:
    using OnLink = std::function<void(bool is_linked)>;

    /// Before the socket connects and is handed to its Socket; both are of `context`.
    Monitor(boost::asio::io_context& loop, zmq::context_t& context, zmq::socket_t& socket,
            OnLink on_link);

  private:
    Socket events_;
};

}  // namespace zeromq
