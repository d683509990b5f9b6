#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/clock.h"
#include "miner/effects.h"

namespace miner {

/// The miner's end of one connection to a pool, in the pool's protocol. Pure: messages in, effects
/// out. One object a connection.
class Client {
  public:
    Client() = default;
    virtual ~Client() = default;

    /// The connection is there, its handshake done.
    virtual Effects on_connected(base::SteadyTime now) = 0;
    /// A whole message: a plaintext frame (SV2), or a line without its end (SV1).
    virtual Effects on_message(base::ByteView message, base::SteadyTime now) = 0;
    /// Time has passed; called every few seconds.
    virtual Effects on_tick(base::SteadyTime now) = 0;
    /// Submits a share, or nothing when its tip, channel or connection is gone.
    virtual Effects on_share_found(const FoundShare& share, base::SteadyTime now) = 0;

    virtual std::size_t open_channels() const = 0;
    /// Shares without an answer yet.
    virtual std::uint64_t outstanding() const = 0;

  protected:
    Client(const Client&) = default;
    Client& operator=(const Client&) = default;
};

}  // namespace miner
