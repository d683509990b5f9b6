#pragma once

#include "miner/connection.h"
#include "noise/handshake.h"

namespace miner {

/// Encrypted frames (Sv2 4).
class Sv2Connection final : public Connection {
  public:
    Sv2Connection(Socket socket, noise::Transport transport)
        : Connection(std::move(socket)), transport_(std::move(transport)) {}

  private:
    std::optional<std::string> seal(base::ByteView frame, base::Bytes& to) override;
    std::optional<std::string> open(std::span<std::byte> received,
                                    const OnMessage& on_message) override;

    noise::Transport transport_;
};

/// See open_connection().
base::Result<std::unique_ptr<Connection>, std::string> shake_hands(Socket socket,
                                                                   const PoolAddress& address,
                                                                   int cancel_fd,
                                                                   const base::Clock& clock,
                                                                   base::Random& random);

}  // namespace miner
