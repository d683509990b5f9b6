#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace loadgen {

/// What one connection after the other of one miner, or of one who is no miner, says to a pool: its
/// protocol and its behaviour. Knows no socket; what is appended to `out` is sent. One thread.
class Peer {
  public:
    enum class Wish { stay, leave };
    static constexpr base::SteadyTime never = base::SteadyTime::max();

    virtual ~Peer() = default;
    virtual void on_connecting(base::SteadyTime) {}
    virtual Wish on_connected(base::SteadyTime now, std::string& out) = 0;
    /// The bytes are the peer's to overwrite.
    virtual Wish on_bytes(std::span<std::byte> bytes, base::SteadyTime now, std::string& out) = 0;
    /// The moment that due() said has come.
    virtual Wish on_due(base::SteadyTime now, std::string& out) = 0;
    virtual base::SteadyTime due() const = 0;
    /// The connection has ended, or could not be made; on_left() where the peer wished so. Returns
    /// after how long it tries again.
    virtual std::chrono::milliseconds on_lost(std::string_view reason, base::SteadyTime now) = 0;
    virtual std::chrono::milliseconds on_left(base::SteadyTime now) = 0;
    /// The run is over.
    virtual void on_end(base::SteadyTime) {}

    /// Whether the socket is read now, how much at once, and whether the kernel keeps little of
    /// what nobody reads.
    virtual bool is_reading() const { return true; }
    virtual std::size_t read_size_max() const { return SIZE_MAX; }
    virtual bool has_little_window() const { return false; }

    /// Where a pool sent it: there it connects next. Nothing: to where all do.
    struct Place {
        std::string host{};
        std::uint16_t port{};
    };
    virtual std::optional<Place> sent_to() const { return std::nullopt; }

  protected:
    Peer() = default;
    Peer(const Peer&) = default;
    Peer& operator=(const Peer&) = default;
};

}  // namespace loadgen
