#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "base/clock.h"
#include "bus/batch_builder.h"
#include "bus/event_allowance.h"

namespace bus {

/// How many opens and closes a partition hands to the ledger at once, and how often. 1,600 a second
/// are a thousand miners who come back together in less than one, and a few hundredths of what
/// a ledger does; when they may go without shares, see LonePace. While Redis writes them it serves
/// no other batch: sixteen take as long as three or four batches of shares. Of connections that ask
/// in bulk so few go that no share notices which waits for them. As many more go where they could
/// not go for longer, up to a tenth of what a batch takes anyway.
struct EventPace {
    std::size_t at_once{16};
    std::size_t bulk_with_shares{2};
    std::size_t bulk_alone{4};
    std::size_t at_once_max{128};
    std::chrono::milliseconds interval{10};
    /// Of each, in all processes on its way.
    std::chrono::microseconds cost{100};
};

/// Opens and closes of channels that wait for a place in a batch. Nothing in the partition depends
/// on when they come: no share of a channel before its open has an outcome, none after its close.
/// So a connection that opens without end, or ends with 10,000 channels, makes no share wait; and
/// connections take turns, so that it makes no other's open wait either.
class PacedEvents {
  public:
    explicit PacedEvents(EventPace pace) : pace_(pace), most_(0) {}

    /// `sequence` is the first batch that it may be in: those before have shares of its channel.
    void add(std::uint64_t connection, std::uint64_t sequence, EventBody body,
             base::SteadyTime now);

    std::size_t size() const { return size_; }
    /// All that wait are of connections that ask in bulk.
    bool is_bulk() const { return bulk_size_ == size_; }
    /// When the next ones may go. Only when there are any.
    base::SteadyTime due() const { return due_; }
    bool is_due(base::SteadyTime now) const { return size_ != 0 && due_ <= now; }

    /// Puts what is due into the batch that goes now, under this number.
    enum class Beside { nothing, shares };
    void move_to(BatchBuilder& batch, std::uint64_t sequence, Beside beside, base::SteadyTime now);

    /// The ledger has the batch that went last.
    void came_home(base::SteadyTime now);

    /// From here on as many go as a batch holds, without waiting.
    void hurry(std::size_t at_once);

  private:
    struct Waiting {
        std::uint64_t sequence{};
        EventBody body{};
        bool is_bulk{};
    };
    std::size_t to_move(std::size_t at_once, base::SteadyTime now) const;

    EventPace pace_;
    std::map<std::uint64_t, std::deque<Waiting>> by_connection_{};
    std::uint64_t last_served_{};  // the turn is of the connection behind it
    EventAllowance allowance_{EventAllowance::Settings{}};
    std::size_t size_{};
    std::size_t bulk_size_{};  // of it
    base::SteadyTime due_{};
    std::size_t most_{};                          // that the ledger's pace allows at once
    std::optional<base::SteadyTime> moved_at_{};  // the last time
    std::optional<base::SteadyTime> left_at_{};   // the batch under way, if any of them are in it
};

}  // namespace bus
