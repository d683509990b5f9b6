#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>

namespace edge {

/// Sockets on which all has been said: each says the end (FIN), drops what still comes, and is
/// closed when the peer ends, too, or after time_max. Who closes a socket in which something is
/// unread resets the connection, and a peer may then never see the last answers it was sent.
/// Owned by a front, on its loop; what lingers may outlive it.
class Lingering {
  public:
    /// A round trip to anywhere, and a miner that is busy.
    static constexpr std::chrono::milliseconds time_max{1'000};

    explicit Lingering(boost::asio::io_context& loop) : loop_(loop) {}

    /// Nothing of it may wait to be sent any more.
    void add(boost::asio::ip::tcp::socket socket);
    std::size_t size() const { return *count_; }

  private:
    boost::asio::io_context& loop_;
    std::shared_ptr<std::size_t> count_ = std::make_shared<std::size_t>(0);
};

}  // namespace edge
