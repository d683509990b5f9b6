#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ip_network.h"
#include "base/strong_id.h"
#include "edge/request_pace.h"
#include "edge/send_queue.h"
#include "sv1/line_reader.h"
#include "translator/miner_outlet.h"
#include "translator/miner_session.h"
#include "translator/miner_stream.h"

namespace translator {

class MinerFront;

/// Names a miner's connection; never twice in a process.
using ConnectionId = base::StrongId<struct ConnectionIdTag, std::uint64_t>;

/// One miner's TCP connection: bytes in, lines to the session, and what the session says back out.
/// Holds the socket and its buffers; decides nothing of the protocol.
///
/// Owned by the front; handlers of the loop keep it alive until they have run. A call of the
/// session's may end it, and the session hears of that on a later turn of the loop.
class MinerConnection final : public MinerOutlet,
                              public std::enable_shared_from_this<MinerConnection> {
  public:
    /// Where it comes from, as far as is known: a proxy's own address, until it says whose
    /// connection it passes on.
    struct Peer {
        base::IpAddress address{};
        std::uint16_t port{};
        bool is_proxy{};
    };
    MinerConnection(ConnectionId id, MinerStream stream, const Peer& peer, MinerFront& front);

    void start();
    /// Goes on with TLS' handshake; the front says when.
    void shake_hands();

    ConnectionId id() const { return id_; }
    const Peer& peer() const { return peer_; }
    bool is_in_tls_handshake() const { return awaits_tls_; }
    /// Null until the miner has said something.
    MinerSession* session() { return session_ ? &*session_ : nullptr; }
    const MinerSession* session() const { return session_ ? &*session_ : nullptr; }
    const edge::SendQueue& send_queue() const { return out_; }
    /// The bytes that it holds, buffers and session; an estimate, and cheap.
    std::size_t memory() const;

    // For the session.
    std::string& lines() override;
    void flush_soon() override;
    bool is_backed_up() const override;
    void close(std::string_view reason) override;

    // For the front.
    /// As close(), and the miner reads what it was sent before it sees the end. For who has done no
    /// wrong.
    void end(std::string_view reason);
    /// A moment has passed: reads again, if the miner's pace allows.
    void resume();
    /// Once a second: lets the session act, and closes it if a deadline has passed.
    void on_tick(base::SteadyTime now);
    /// What was written for it waits for its socket: another connection wants to write.
    void send();
    /// It has ended: tells the session. Once.
    void bury();

  private:
    void wait_readable();
    void wait_writable();
    void on_readable();
    bool take_proxy_header();
    void read();
    void read_lines(base::ByteView bytes);
    void on_line(std::string_view line);
    bool is_held_back();
    void handshake_is_done();
    /// Writes what the socket takes now of what waits. False when it waits or has failed.
    bool flush();
    void send_last_words();
    void queue(base::ByteView bytes);

    ConnectionId id_;
    MinerStream stream_;
    Peer peer_;
    MinerFront& front_;

    base::Bytes header_bytes_{};  // of a PROXY header that has not come whole
    bool awaits_proxy_header_;
    bool awaits_tls_;
    bool is_open_{true};
    bool is_reading_{};  // its lines are being answered: one write for all of them
    bool is_paced_{};
    bool waits_writable_{};
    bool has_subscribed_{};
    sv1::LineReader reader_;
    edge::SendQueue out_{};
    edge::RequestPace pace_{};
    base::SteadyTime phase_since_{};
    std::optional<base::SteadyTime> line_since_{};
    std::optional<MinerSession> session_{};
};

}  // namespace translator
