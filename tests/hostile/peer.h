#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "noise/handshake.h"
#include "noise/transport.h"
#include "noise/url.h"
#include "sv2/codec.h"
#include "sv2/frame.h"

namespace hostile {

struct Target {
    std::uint16_t port{};
    noise::AuthorityPublicKey authority{};
};

/// A TCP connection to a gateway on this machine, from an address of its own: connections of
/// 127.0.0.N count apart. Blocks where it says so; these are programs for one test each.
class Peer {
  public:
    Peer(const Target& target, const std::string& from);
    Peer(Peer&& other) noexcept;
    Peer& operator=(Peer&& other) noexcept;
    ~Peer();

    int descriptor() const { return socket_; }
    bool is_open() const { return socket_ >= 0; }

    /// Noise and SetupConnection, waited for. False if the gateway closes.
    bool set_up(base::Random& random, std::uint32_t flags = 0);

    template <class Message>
    bool say(const Message& message) {
        return send(sealed(message));
    }
    /// The next frame as it travels: it is to be sent before another one is sealed.
    template <class Message>
    base::Bytes sealed(const Message& message) {
        base::Bytes bytes;
        static_cast<void>(transport_->sealer.seal(sv2::encode(message), bytes));
        return bytes;
    }
    /// Waits until the kernel has taken it; false if the gateway has closed.
    bool send(base::ByteView bytes);
    /// Takes what has arrived, at most `size_max` bytes; waits for something where `waits`. False
    /// if the gateway has closed.
    bool receive(std::size_t size_max, bool waits);
    /// The next whole frame of what was received, or nothing. Lives until the next call.
    std::optional<sv2::Frame> next_frame();
    /// Its kernel takes little for it from now on.
    void receive_little() const;

  private:
    void close();

    int socket_ = -1;
    noise::AuthorityPublicKey authority_{};
    base::Bytes received_{};
    std::size_t used_{};
    std::optional<noise::Transport> transport_{};
};

}  // namespace hostile
