#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "miner/dial.h"
#include "miner/pool_address.h"

namespace miner {

/// One connection to a pool, on a non-blocking socket: messages in both directions, whatever they
/// travel in. Owned and used by one thread.
class Connection {
  public:
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int fd() const { return socket_.fd(); }
    bool wants_to_write() const { return sent_ < unsent_.size(); }
    std::size_t unsent() const { return unsent_.size() - sent_; }

    /// Queues a message; flush() sends. Each returns why the connection is lost, if so.
    std::optional<std::string> send(base::ByteView message);
    std::optional<std::string> flush();

    using OnMessage = std::function<void(base::ByteView message)>;
    /// Reads what there is and calls `on_message` with each whole message.
    std::optional<std::string> receive(const OnMessage& on_message);

  protected:
    explicit Connection(Socket socket);
    /// Appends what goes over the wire for a message. Returns why that is impossible, if so.
    virtual std::optional<std::string> seal(base::ByteView message, base::Bytes& to) = 0;
    /// Takes all of what came over the wire.
    virtual std::optional<std::string> open(std::span<std::byte> received,
                                            const OnMessage& on_message) = 0;

  private:
    Socket socket_;
    base::Bytes buffer_;
    base::Bytes unsent_{};
    std::size_t sent_ = 0;
};

/// Looks up, connects and shakes hands where the protocol does; blocks, at most to the deadline for
/// each. `cancel_fd` becoming readable gives up early. Errors: the reason, for people.
base::Result<std::unique_ptr<Connection>, std::string> open_connection(const PoolAddress& address,
                                                                       int cancel_fd,
                                                                       const base::Clock& clock,
                                                                       base::Random& random);

}  // namespace miner
