#pragma once

#include <optional>
#include <string>

#include "loadgen/peer.h"
#include "loadgen/sv2_context.h"
#include "loadgen/sv2_stream.h"
#include "miner/sv2_client.h"

namespace loadgen {

/// Who speaks SV2 and is no miner: it finds no share.
class Sv2Stranger final : public Peer {
  public:
    enum class Kind {
        storm,        ///< shakes hands and goes
        never_reads,  ///< opens a channel, goes on asking, and reads nothing from then on
        slow_reader,  ///< opens a channel, and reads 2 KiB a second from then on
    };
    /// `again_after`: how long after it came somebody of a storm comes again.
    Sv2Stranger(Kind kind, std::string user, std::chrono::nanoseconds again_after,
                Sv2Context& context);

    void on_connecting(base::SteadyTime now) override { came_at_ = now; }
    Wish on_connected(base::SteadyTime now, std::string& out) override;
    Wish on_bytes(std::span<std::byte> bytes, base::SteadyTime now, std::string& out) override;
    Wish on_due(base::SteadyTime now, std::string& out) override;
    base::SteadyTime due() const override { return due_; }
    std::chrono::milliseconds on_lost(std::string_view reason, base::SteadyTime now) override;
    std::chrono::milliseconds on_left(base::SteadyTime now) override;
    bool is_reading() const override { return is_reading_; }
    std::size_t read_size_max() const override;
    bool has_little_window() const override { return kind_ != Kind::storm; }

  private:
    Wish on_established(base::SteadyTime now, std::string& out);
    void send(const miner::Effects& effects, std::string& out);
    void say(base::ByteView frame, std::string& out);
    void rest(base::SteadyTime now);

    Kind kind_;
    std::string user_;
    std::chrono::nanoseconds again_after_;
    Sv2Context& context_;
    Statistics::Deeds& deeds_;
    std::optional<Sv2Stream> stream_{};
    std::optional<miner::Sv2Client> client_{};
    bool is_reading_ = true;
    base::SteadyTime came_at_{};
    base::SteadyTime due_ = never;
};

}  // namespace loadgen
