#pragma once

#include "miner/connection.h"
#include "miner/tls_client.h"
#include "sv1/line_reader.h"

namespace miner {

/// Lines of text, in TLS or not. Of those that come, each message is one without its end; those
/// that go have theirs.
class Sv1Connection final : public Connection {
  public:
    /// `tls` is where the handshake is done, if there was one.
    Sv1Connection(Socket socket, std::size_t line_size_max, std::optional<TlsClient> tls = {})
        : Connection(std::move(socket)), lines_(line_size_max), tls_(std::move(tls)) {}

  private:
    std::optional<std::string> seal(base::ByteView line, base::Bytes& to) override;
    std::optional<std::string> open(std::span<std::byte> received,
                                    const OnMessage& on_message) override;
    std::optional<std::string> take_lines(base::ByteView text, const OnMessage& on_message);

    sv1::LineReader lines_;
    std::optional<TlsClient> tls_;
};

/// See open_connection(), for a pool that speaks SV1 in TLS.
base::Result<std::unique_ptr<Connection>, std::string> shake_hands_tls(Socket socket,
                                                                       const PoolAddress& address,
                                                                       int cancel_fd,
                                                                       const base::Clock& clock);

}  // namespace miner
