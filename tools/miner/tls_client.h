#pragma once

#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace miner {

/// TLS at the miner's end: turns what comes over the wire into text, and text into what goes. Knows
/// no socket.
class TlsClient {
  public:
    /// For a host whose certificate must be its own, and signed by an authority of the file (PEM)
    /// or, where that is empty, by one that the system trusts. Errors: the reason, for people.
    static base::Result<TlsClient, std::string> make(const std::string& host,
                                                     const std::string& authorities_file);

    /// Goes on with the handshake: true when it is done, false when it needs to hear more. Errors:
    /// the reason, for people.
    base::Result<bool, std::string> shake_hands();

    /// What has come over the wire.
    void take(base::ByteView received);
    /// Appends the text in it to `to`. Returns why the connection is over, if it is.
    std::optional<std::string> open(base::Bytes& to);
    /// Returns why that is impossible, if so.
    std::optional<std::string> seal(base::ByteView text);
    /// Appends what has to go over the wire.
    void move_output(base::Bytes& to);

  private:
    struct Free {
        void operator()(SSL* ssl) const;
    };
    explicit TlsClient(std::unique_ptr<SSL, Free> ssl) : ssl_(std::move(ssl)) {}

    std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace miner
