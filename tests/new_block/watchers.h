#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hostile/peer.h"
#include "sv2/mining_messages.h"

namespace new_block {

using Micros = std::int64_t;  ///< since 1970

/// When the first and the last of the miners had something.
struct Span {
    Micros first{};
    Micros last{};
    std::size_t count{};
    void add(Micros at);
};

/// What became of one tip, by its hash as nodes print it.
struct Arrival {
    Span job{};   ///< a job on that tip, whatever is in it
    Span full{};  ///< one with transactions
};

Micros now();

/// Connections with an extended channel each, which submit nothing and note what they are told.
class Watchers {
  public:
    /// Throws std::runtime_error when the gateway does not take them all.
    Watchers(const hostile::Target& target, std::size_t count);
    ~Watchers();
    Watchers(const Watchers&) = delete;
    Watchers& operator=(const Watchers&) = delete;

    std::size_t size() const { return miners_.size(); }
    /// Reads what has arrived, waiting for it at most so long.
    void read(std::chrono::milliseconds patience);
    const Arrival& of(const std::string& tip) { return arrivals_[tip]; }
    /// Those that have a job now.
    std::size_t working() const { return working_; }

  private:
    struct Miner {
        hostile::Peer peer;
        std::string tip{};
        bool is_next_full{};  // the future job
        bool has_full{};      // of the tip
    };
    void take(Miner& miner, const sv2::Frame& frame, Micros at);

    std::deque<Miner> miners_{};
    std::map<std::string, Arrival> arrivals_{};
    std::size_t working_{};
    Micros last_arrival_{};
    int epoll_ = -1;
};

}  // namespace new_block
