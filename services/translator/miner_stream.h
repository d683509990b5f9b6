#pragma once

#include <openssl/types.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.h"

namespace translator {

/// A miner's socket, with TLS around it or without: bytes in, bytes out, and it never waits. Owned
/// by one connection.
class MinerStream {
  public:
    enum class Outcome {
        moved,        ///< some bytes, at least one; of a handshake: it is done
        would_read,   ///< once the socket is readable
        would_write,  ///< once the socket is writable
        ended,        ///< the miner has closed it
        failed,
    };
    struct Moved {
        Outcome outcome{};
        std::size_t size{};
    };

    /// `tls` is null for a socket without; else what TLS is answered with, from shake_hands() on.
    MinerStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<SSL_CTX> tls);

    bool has_tls() const { return has_tls_; }
    /// Goes on with TLS' handshake; `moved` when it is done.
    Outcome shake_hands();
    /// At most one record of TLS, which has up to 16 KiB: a smaller buffer may leave the rest of it
    /// where no socket becomes readable for it.
    Moved read(std::span<std::byte> buffer);
    Moved write(base::ByteView bytes);
    /// What stands there, without taking it; below TLS.
    Moved peek(std::span<std::byte> buffer);
    /// Takes so many bytes, which peek() has shown.
    void skip(std::size_t size);
    /// Says the end and closes; what is in flight still arrives.
    void close();
    /// Says the end of TLS, and gives the socket away, which alone is left.
    boost::asio::ip::tcp::socket release();

    boost::asio::ip::tcp::socket& socket() { return socket_; }

  private:
    struct FreeSsl {
        void operator()(SSL* ssl) const;
    };
    Moved read_tls(std::span<std::byte> buffer);
    Moved write_tls(base::ByteView bytes);
    Outcome why(int result) const;
    void end_tls();

    boost::asio::ip::tcp::socket socket_;
    bool has_tls_;
    std::unique_ptr<SSL, FreeSsl> tls_{};
    bool is_shaken_{};
};

}  // namespace translator
