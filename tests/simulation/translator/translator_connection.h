#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "edge/send_queue.h"
#include "simulation/tcp.h"
#include "sv1/line_reader.h"
#include "translator/miner_outlet.h"
#include "translator/miner_session.h"

namespace simulation {

class TranslatorProcess;

/// A miner's connection in a simulated translator: what translator::MinerConnection is, without TLS
/// and PROXY headers, on a simulated socket.
class TranslatorConnection final : public translator::MinerOutlet,
                                   public std::enable_shared_from_this<TranslatorConnection> {
  public:
    TranslatorConnection(std::uint64_t id, std::unique_ptr<TcpEnd> socket,
                         TranslatorProcess& translator);

    void start();
    std::uint64_t id() const { return id_; }
    Host miner() const { return miner_; }
    std::size_t unsent() const { return out_.unread_size(); }
    /// Once a second.
    void on_tick(base::SteadyTime now);
    /// It has ended: tells the session.
    void bury();

    std::string& lines() override { return lines_; }
    void flush_soon() override;
    bool is_backed_up() const override;
    void close(std::string_view reason) override;

  private:
    void read();
    void on_bytes(base::ByteView bytes);
    void on_line(std::string_view line);
    void send();
    void flush();

    std::uint64_t id_;
    TranslatorProcess& translator_;
    std::unique_ptr<TcpEnd> socket_;
    Host miner_;
    sv1::LineReader reader_{};
    edge::SendQueue out_{};
    std::string lines_{};
    bool is_reading_{};
    bool has_subscribed_{};
    base::SteadyTime phase_since_;
    std::optional<base::SteadyTime> line_since_{};
    std::optional<translator::MinerSession> session_{};
};

}  // namespace simulation
