#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/clock.h"
#include "bus/batch.h"
#include "bus/batch_builder.h"
#include "bus/paced_events.h"

namespace bus {

/// What waits in one partition: batches being filled, in order, and their ages. The first goes out
/// when the one in flight has come home (architecture D4).
class PartitionQueue {
  public:
    PartitionQueue(mining::Epoch epoch, Partition partition, std::size_t shares_a_batch,
                   EventPace pace = {})
        : epoch_(epoch), partition_(partition), shares_a_batch_(shares_a_batch), paced_(pace) {}

    void add_share(const ShareContext& context, const mining::SubmittedShare& share,
                   std::string worker, base::SteadyTime now);
    /// Updates and targets keep their place among the shares; opens and closes are paced.
    void add_event(std::uint64_t connection, EventBody body, base::SteadyTime now);

    /// From here on shares are of another tip. A partition that ever had a batch owes the ledger
    /// a word about it, if need be in a batch with nothing else in it.
    void set_tip(const bitcoin::BlockHash& tip, base::SteadyTime now);

    /// Nothing waits, neither now nor for its pace.
    bool is_empty() const { return waiting_.empty() && paced_.size() == 0; }
    /// A batch waits that paced events may go with.
    bool has_batch() const { return !waiting_.empty(); }
    /// A batch may go, if only with paced events.
    bool is_ready(base::SteadyTime now) const { return !waiting_.empty() || paced_.is_due(now); }
    /// Shares, and what keeps its place among them.
    std::size_t entries() const { return entries_; }
    std::size_t paced_events() const { return paced_.size(); }
    /// None of them is of a connection that opens or closes a few channels.
    bool are_paced_bulk() const { return paced_.is_bulk(); }
    /// When the next opens and closes may go.
    std::optional<base::SteadyTime> paced_due() const;
    /// Nobody is served any more: opens and closes need not spare anybody.
    void hurry() { paced_.hurry(shares_a_batch_); }
    std::size_t shares() const { return shares_; }
    /// Since when something waits that might have gone; later than now where it may not go yet.
    std::optional<base::SteadyTime> oldest() const;

    /// The next batch under the next sequence number. Only when is_ready().
    Batch take(base::SteadyTime now);
    /// The ledger has the batch that was taken last.
    void came_home(base::SteadyTime now) { paced_.came_home(now); }

    /// Shares that wait and were not handed out for a scan yet, and the batch that they will be in.
    struct Unscanned {
        std::uint64_t sequence{};
        Batch shares{};
    };
    /// The oldest of them, when they have waited since before `before`; each share once.
    std::optional<Unscanned> take_unscanned(base::SteadyTime before);
    /// When the oldest share was added that was not handed out for a scan.
    std::optional<base::SteadyTime> oldest_unscanned() const;

  private:
    struct Filling {
        BatchBuilder builder;
        base::SteadyTime since{};
    };
    /// Neighbouring shares that came at nearly the same time, as places in a batch to be.
    struct Arrivals {
        base::SteadyTime since{};  // of the first
        std::uint64_t sequence{};
        std::size_t begin{};
        std::size_t end{};
    };
    BatchBuilder& current(base::SteadyTime now);
    Filling& start(base::SteadyTime now);

    mining::Epoch epoch_;
    Partition partition_;
    std::size_t shares_a_batch_;
    std::optional<bitcoin::BlockHash> tip_{};
    std::deque<Filling> waiting_{};
    std::deque<Arrivals> unscanned_{};
    PacedEvents paced_;
    std::size_t entries_{};
    std::size_t shares_{};
    BatchBuilder::Sizes usual_{};  // of the batch that was taken last
    std::uint64_t last_sequence_{};
};

}  // namespace bus
