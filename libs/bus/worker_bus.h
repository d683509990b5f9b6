#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "bus/batch.h"
#include "zeromq/socket.h"

namespace bus {

/// A worker's end of the bus: a DEALER to each gateway. Announces itself with READY until the
/// gateway's HELLO and every 500 ms from then on, as the proof that this loop turns.
class WorkerBus {
  public:
    /// Which gateway a batch came from, as its place in `gateways`.
    using Gateway = std::size_t;

    struct Settings {
        /// host:port of each gateway's bus.
        std::vector<std::string> gateways{};
        Ready ready{};
    };
    struct Handlers {
        /// A batch to judge, and its bytes as the share log keeps them.
        std::function<void(Gateway, Batch, std::string batch_bytes)> on_batch{};
        /// Shares to look through for blocks.
        std::function<void(Gateway, Scan)> on_scan{};
        /// This gateway gives us no work, for a reason that an operator must see to.
        std::function<void(Gateway, const std::string& reason)> on_refusal{};
        /// Welcomed by a gateway of this epoch.
        std::function<void(Gateway, mining::Epoch)> on_hello{};
    };

    WorkerBus(boost::asio::io_context& loop, zmq::context_t& context, Settings settings,
              Handlers handlers);

    void send(Gateway gateway, const ToGateway& message);

    /// Takes no more work: tells every gateway, once.
    void say_goodbye();

    /// How many gateways have welcomed us and were not lost since.
    std::size_t gateways_met() const;
    std::uint64_t malformed() const { return malformed_; }

  private:
    struct Peer {
        std::unique_ptr<zeromq::Socket> socket{};
        mining::Epoch epoch{};
        bool is_met{};
        bool is_refused{};
    };

    void on_frames(Gateway gateway, const std::vector<std::string>& frames);
    void announce();

    Settings settings_;
    Handlers handlers_;
    std::vector<Peer> peers_{};
    boost::asio::steady_timer timer_;
    std::uint64_t malformed_{};
    bool is_leaving_{};
};

}  // namespace bus
