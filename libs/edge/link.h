#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "edge/send_queue.h"
#include "noise/handshake.h"
#include "sv2/frame.h"

namespace edge {

/// One encrypted connection, from either end: bytes in, Noise, frames out, and the way back. Knows
/// no message.
///
/// Lives in a shared_ptr; handlers of the loop keep it until they have run. After on_closed, which
/// comes once, it is silent.
class Link : public std::enable_shared_from_this<Link> {
  public:
    struct Limits {
        std::uint32_t payload_max{};  ///< of a frame that comes
        std::size_t unread_max{};     ///< bytes that may wait for the peer to read
        std::chrono::milliseconds frame_deadline{};
        std::chrono::milliseconds write_stall_deadline{};
    };
    struct Callbacks {
        std::function<void()> on_open{};  ///< the handshake is done
        std::function<void(const sv2::FrameHeader&, base::ByteView payload)> on_frame{};
        std::function<void()> on_drained{};  ///< the peer has read all there was
        /// `reason` is a name for metrics; after a failed handshake it is noise::error_code().
        std::function<void(std::string_view reason)> on_closed{};
    };

    Link(boost::asio::ip::tcp::socket socket, const base::Clock& clock, Limits limits,
         Callbacks callbacks);

    /// Exactly one of the two, once. `identity` outlives the handshake.
    void accept(const noise::GatewayIdentity& identity, noise::EphemeralKey ephemeral);
    void dial(noise::TrustedAuthority trusted, noise::EphemeralKey ephemeral);

    bool is_open() const { return is_open_ && transport_; }
    /// Seals and sends plaintext frames, back to back.
    void send(base::ByteView frames);
    /// Bytes that wait for the peer to read.
    std::size_t unread() const { return out_.unread_size(); }
    /// While it does not, TCP holds the peer back, and frames that came already wait. Not for
    /// on_frame to turn on again.
    void set_reading(bool reads);
    /// Closes it where the peer is late.
    void check(base::SteadyTime now);
    /// Sends what the socket takes at once, and ends.
    void close(std::string_view reason);

  private:
    void wait_readable();
    void read();
    void on_handshake_bytes(base::ByteView bytes);
    void finish_handshake();
    void on_sealed_bytes(std::span<std::byte> bytes);
    void flush();

    boost::asio::ip::tcp::socket socket_;
    const base::Clock& clock_;
    Limits limits_;
    Callbacks callbacks_;
    std::function<base::Result<noise::Transport, noise::HandshakeError>(base::ByteView)> finish_{};
    std::size_t handshake_size_ = 0;  // what has to come
    base::Bytes handshake_bytes_{};
    std::optional<noise::Transport> transport_{};
    SendQueue out_{};
    std::array<std::byte, 16 * 1024> buffer_{};
    std::span<std::byte> rest_{};  // of it, not looked at yet
    bool is_open_ = true;
    bool reads_ = true;
    bool waits_readable_ = false;
    bool waits_writable_ = false;
    std::optional<base::SteadyTime> frame_since_{};
};

}  // namespace edge
