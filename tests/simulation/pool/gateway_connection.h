#pragma once

#include <memory>
#include <string_view>

#include "edge/send_queue.h"
#include "gateway/effects.h"
#include "gateway/reading.h"
#include "gateway/session.h"
#include "gateway/share_sink.h"
#include "simulation/tcp.h"

namespace simulation {

class GatewayProcess;

/// A miner's connection in a simulated gateway: what gateway::Connection is, without Noise, on a
/// simulated socket.
class GatewayConnection : public std::enable_shared_from_this<GatewayConnection> {
  public:
    GatewayConnection(gateway::ConnectionId id, std::unique_ptr<TcpEnd> socket,
                      GatewayProcess& gateway);

    void start();
    gateway::ConnectionId id() const { return id_; }
    const gateway::Session* session() const { return &session_; }
    bool is_backed_up() const;
    bool is_held() const { return reading_.is_held(); }
    std::size_t unsent() const { return out_.unread_size(); }
    Host miner() const { return socket_->peer(); }

    template <class Act>
    void act(Act act) {
        effects_.clear();
        act(session_, effects_);
        carry_out();
    }
    void resume();
    void flush();
    void check_deadlines(base::SteadyTime now);
    void close(std::string_view reason);
    bool close_some_channels();

  private:
    void read();
    bool is_held_back();
    void on_bytes(base::ByteView bytes);
    void carry_out();

    gateway::ConnectionId id_;
    GatewayProcess& gateway_;
    std::unique_ptr<TcpEnd> socket_;
    bus::Partition partition_;
    gateway::Session session_;
    gateway::Reading reading_;
    // As in the front, but one of each connection: nothing acts while another does.
    gateway::Effects& effects_;
    edge::SendQueue out_{};
    base::Bytes in_{};
    bool is_flush_due_{};
};

}  // namespace simulation
