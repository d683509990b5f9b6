#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "miner/effects.h"

namespace miner {

/// What a run came to. Counts shares over all connections.
class Statistics {
  public:
    explicit Statistics(base::SteadyTime started) : started_(started) {}

    void connected() { ++connections_; }
    void channel_closed(const ChannelClosed& closed) { unknown_ += closed.unanswered; }
    /// `unanswered` shares of that connection will never be answered.
    void connection_lost(std::uint64_t unanswered) {
        ++connections_lost_;
        unknown_ += unanswered;
    }
    /// Of SV1: the worker is authorized.
    void channel_opened() { ++channels_opened_; }
    /// Of SV1: the pool goes on where the connection before has ended.
    void session_resumed() { ++sessions_resumed_; }
    void channel_refused(const std::string& code) { count(channels_refused_, code); }
    void share_submitted(const FoundShare& share);
    /// `sum` is what the pool says of their difficulty, where it does (SV2).
    void shares_accepted(std::uint64_t count, std::uint64_t sum,
                         const std::vector<base::SteadyTime::duration>& waited);
    void share_rejected(const std::string& code);

    std::uint64_t submitted() const { return submitted_; }

    /// One line for a terminal, without a line end.
    std::string status_line(std::uint64_t hashes, std::size_t open_channels, base::SteadyTime now);
    /// The whole run as JSON; `outstanding` shares are still without an answer.
    std::string summary_json(std::uint64_t hashes, std::uint64_t outstanding,
                             base::SteadyTime now) const;
    /// The whole run in one line for people.
    std::string summary_line(std::uint64_t hashes, std::uint64_t outstanding,
                             base::SteadyTime now) const;

  private:
    using Counts = std::map<std::string, std::uint64_t>;
    static void count(Counts& counts, const std::string& code);
    std::uint64_t waited_us(double quantile) const;

    base::SteadyTime started_;
    std::uint64_t connections_ = 0;
    std::uint64_t connections_lost_ = 0;
    std::uint64_t channels_opened_ = 0;
    std::uint64_t sessions_resumed_ = 0;
    Counts channels_refused_{};
    std::uint64_t submitted_ = 0;
    std::uint64_t blocks_found_ = 0;
    std::uint64_t accepted_ = 0;
    std::uint64_t accepted_sum_ = 0;
    std::uint64_t rejected_ = 0;
    Counts rejected_by_code_{};
    std::uint64_t unknown_ = 0;
    /// How long shares waited for their answer: the latest of them, in a ring.
    std::vector<std::uint64_t> waited_us_{};
    std::size_t next_waited_ = 0;
    base::SteadyTime last_status_at_{started_};
    std::uint64_t last_status_hashes_ = 0;
};

/// 1234567 -> "1.23 M": a rate for people.
std::string with_unit(double value);

}  // namespace miner
