#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
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
    /// Which gateway a batch came from; never used twice.
    using Gateway = std::size_t;

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

    WorkerBus(boost::asio::io_context& loop, zmq::context_t& context, Ready ready,
              Handlers handlers);

    /// host:port of each gateway's bus, whenever these change. Who is new is dialled; who is named
    /// no more is served for as long as its connection lives, since it may hold shares.
    void set_gateways(const std::vector<std::string>& addresses);

    /// What is for a gateway that is gone is dropped.
    void send(Gateway gateway, const ToGateway& message);

    /// Takes no more work: tells every gateway, once.
    void say_goodbye();

    /// How many gateways have welcomed us and were not lost since.
    std::size_t gateways_met() const;
    /// Those that give us no work, and say why.
    std::size_t gateways_refusing() const;
    /// Those that are dialled.
    std::size_t gateways() const { return peers_.size(); }
    /// For the log; empty for one that is gone.
    std::string address_of(Gateway gateway) const;
    std::uint64_t malformed() const { return malformed_; }

  private:
    struct Peer {
        std::string address{};
        std::unique_ptr<zeromq::Socket> socket{};
        bool is_named = true;
        bool is_met{};
        bool is_refused{};
    };

    void on_frames(Gateway gateway, const std::vector<std::string>& frames);
    void dial(const std::string& address);
    void announce();

    boost::asio::io_context& loop_;
    zmq::context_t& context_;
    Ready ready_;
    Handlers handlers_;
    std::map<Gateway, Peer> peers_{};
    Gateway next_ = 0;
    boost::asio::steady_timer timer_;
    std::uint64_t malformed_{};
    bool is_leaving_{};
};

}  // namespace bus
