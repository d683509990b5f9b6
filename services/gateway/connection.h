#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ip_network.h"
#include "edge/send_queue.h"
#include "edge/unread_watch.h"
#include "gateway/effects.h"
#include "gateway/reading.h"
#include "gateway/session.h"
#include "gateway/share_sink.h"
#include "noise/handshake.h"
#include "noise/transport.h"
#include "sv2/frame.h"

namespace gateway {

class Front;

/// One miner's TCP connection: bytes in, Noise, frames to the session, and what the session wants
/// sent back out. Holds the socket and its buffers; decides nothing of the protocol.
///
/// Owned by the front; handlers of the loop keep it alive until they have run.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    /// Where it comes from, as far as is known: a proxy's own address, until it says whose
    /// connection it passes on.
    struct Peer {
        base::IpAddress address{};
        std::uint16_t port{};
        bool is_proxy{};
    };
    Connection(ConnectionId id, boost::asio::ip::tcp::socket socket, const Peer& peer,
               Front& front);

    void start();
    /// Answers the act 1 that start() has read; the front says when.
    void answer_handshake();

    ConnectionId id() const { return id_; }
    base::UnixMicros connected_at() const { return connected_at_; }
    bus::Partition partition() const { return partition_; }
    /// Why its socket is not read at the moment; empty while it is.
    std::string_view reading_paused() const;
    const Peer& peer() const { return peer_; }
    bool is_in_handshake() const { return !session_; }
    const Session* session() const { return session_ ? &*session_ : nullptr; }

    /// Lets the session act, and carries out what it wants.
    template <class Act>
    void act(Act act);

    /// The bytes that it holds, buffers and session; an upper estimate, and cheap.
    std::size_t memory() const;

    /// Bytes that wait for the peer to read.
    std::size_t unsent() const { return out_.unread_size(); }
    /// So many may; more, and it is closed.
    std::size_t unsent_max() const;
    /// A job for a template of the same tip would wait behind too much that is unread.
    bool is_backed_up() const;

    /// What waits to be sent.
    const edge::SendQueue& send_queue() const { return out_; }

    /// Since when the miner takes nothing, as far as was seen; nothing while it does. To be asked
    /// now and then.
    std::optional<base::SteadyTime> stuck_since(base::SteadyTime now);

    /// From here on what the miner sends stays where it is.
    void stop_reading() { reads_ = false; }
    /// The sink has room again, or a moment has passed.
    void resume();
    /// Writes what is sealed.
    void flush();
    /// Closes it if a deadline has passed.
    void check_deadlines(base::SteadyTime now);
    /// Sends what is sealed if the socket takes it at once, and ends.
    void close(std::string_view reason);
    /// The same, and the peer reads what it was sent before it sees the end. For who has done no
    /// wrong.
    void end(std::string_view reason);
    /// It has ended: closes some of its channels in the ledger. True when none are left.
    bool close_some_channels();

  private:
    void wait_readable();
    void read();
    bool is_held_back();
    void on_handshake_bytes(base::ByteView bytes);
    bool take_proxy_header();
    void on_sealed_bytes(std::span<std::byte> bytes);
    void count_flaws(const sv2::FrameHeader& header, const Effects& effects);
    void carry_out(Effects& effects);
    void seal(base::ByteView frames);
    void wait_writable();
    void send_the_rest();

    ConnectionId id_;
    base::UnixMicros connected_at_;
    boost::asio::ip::tcp::socket socket_;
    Peer peer_;
    Front& front_;
    bus::Partition partition_;

    bool awaits_proxy_header_;
    base::Bytes handshake_bytes_{};
    std::optional<noise::Transport> transport_{};
    std::optional<Session> session_{};

    edge::SendQueue out_{};
    bool is_open_{true};
    bool reads_{true};
    Reading reading_;
    bool is_flush_due_{};
    bool waits_writable_{};
    edge::UnreadWatch unread_watch_{};
};

}  // namespace gateway
