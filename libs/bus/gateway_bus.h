#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <zmq.hpp>

#include "bus/batch.h"
#include "zeromq/socket.h"

namespace bus {

/// A gateway's end of the bus: a ROUTER that workers dial. Moves frames and decides nothing.
class GatewayBus {
  public:
    using OnMessage = std::function<void(const std::string& worker, const ToGateway& message)>;

    /// Binds to `host:port`. Throws std::runtime_error naming the address when it is taken.
    GatewayBus(boost::asio::io_context& loop, zmq::context_t& context, const std::string& address,
               OnMessage on_message);

    /// host:port as bound: what a port of `*` became.
    std::string address() const;

    /// False when there is no such worker any more.
    bool send(const std::string& worker, const std::string& frame);

    /// Frames that no worker of ours would send.
    std::uint64_t malformed() const { return malformed_; }

  private:
    void on_frames(const std::vector<std::string>& frames);

    OnMessage on_message_;
    std::uint64_t malformed_{};
    zeromq::Socket socket_;
};

}  // namespace bus
