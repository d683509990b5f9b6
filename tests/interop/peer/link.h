#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "noise/handshake.h"

namespace peer {

/// One encrypted connection with blocking reads and writes, as a test may have them. Whatever goes
/// wrong is thrown as std::runtime_error.
class Link {
  public:
    using Socket = boost::asio::ip::tcp::socket;

    /// The miner's end: checks the certificate against `authority`.
    static Link connect(Socket socket, const noise::AuthorityPublicKey& authority,
                        const base::Clock& clock, base::Random& random);
    /// The pool's end.
    static Link accept(Socket socket, const noise::GatewayIdentity& identity, base::Random& random);

    void send(base::ByteView frame);
    /// The next frame, header and payload.
    base::Bytes receive();

  private:
    Link(Socket socket, noise::Transport transport);

    Socket socket_;
    noise::Transport transport_;
    base::Bytes received_;
    std::span<std::byte> unread_{};  // of received_
};

}  // namespace peer
