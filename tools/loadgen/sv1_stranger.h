#pragma once

#include <string>

#include "loadgen/peer.h"
#include "loadgen/statistics.h"

namespace loadgen {

/// Who speaks SV1 and is no miner: it finds no share.
class Sv1Stranger final : public Peer {
  public:
    enum class Kind {
        storm,        ///< subscribes and goes
        slow_reader,  ///< greets as a miner does, and reads 2 KiB a second from then on
    };
    /// `again_after`: how long after it came somebody of a storm comes again.
    Sv1Stranger(Kind kind, std::string user, std::chrono::nanoseconds again_after,
                Statistics& statistics);

    void on_connecting(base::SteadyTime now) override { came_at_ = now; }
    Wish on_connected(base::SteadyTime now, std::string& out) override;
    Wish on_bytes(std::span<std::byte> bytes, base::SteadyTime now, std::string& out) override;
    Wish on_due(base::SteadyTime now, std::string& out) override;
    base::SteadyTime due() const override { return due_; }
    std::chrono::milliseconds on_lost(std::string_view reason, base::SteadyTime now) override;
    std::chrono::milliseconds on_left(base::SteadyTime now) override;
    bool is_reading() const override { return is_reading_; }
    std::size_t read_size_max() const override;
    bool has_little_window() const override { return kind_ == Kind::slow_reader; }

  private:
    Kind kind_;
    std::string user_;
    std::chrono::nanoseconds again_after_;
    Statistics& statistics_;
    Statistics::Deeds& deeds_;
    bool is_connected_ = false;
    bool is_reading_ = true;
    base::SteadyTime came_at_{};
    base::SteadyTime due_ = never;
};

}  // namespace loadgen
