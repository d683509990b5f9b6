#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "mining/ids.h"

namespace admin {

/// When each channel's silence is no chance any more, for all channels at once: a look at 100,000
/// of them reads 1.6 MB in order. A channel has the same place here and in the channel book.
///
/// A silence counts as far as the log of its partition is known to be complete, and not while all
/// channels that one gateway has in one partition are silent together: then it is the gateway, or
/// what is behind it.
class SilenceWatch {
  public:
    using Place = std::size_t;

    /// A channel more, behind the last one.
    void add(mining::Epoch epoch, std::uint32_t partition);
    /// The last channel takes this place.
    void remove(Place place);
    void set(Place place, base::UnixMicros deadline, double shares_per_second);

    /// Something of this gateway was in this partition's log. True if it had been held up: then
    /// what its channels found meanwhile is on its way, and their silence counts from here.
    bool heard(mining::Epoch epoch, std::uint32_t partition, base::UnixMicros at);
    /// Nothing else of the partition's log lies before this.
    void set_complete(std::uint32_t partition, base::UnixMicros until);
    base::UnixMicros complete_until(std::uint32_t partition) const;

    /// Whether a process knows of this gateway that it stands still: then its miners are not asked.
    using IsStuck = std::function<bool(mining::Epoch)>;
    /// The channels whose deadline has passed.
    std::vector<Place> overdue(const IsStuck& is_stuck);

    std::size_t size() const { return entries_.size(); }
    /// Shares a second that all channels should find.
    double shares_per_second() const { return shares_per_second_; }

  private:
    struct Entry {
        base::UnixMicros deadline{};
        float shares_per_second = 0;
        std::uint32_t group = 0;
    };
    /// The channels of one gateway in one partition.
    struct Group {
        mining::Epoch epoch{};
        std::uint32_t partition = 0;
        base::UnixMicros heard_at{};
        double shares_per_second = 0;
        std::uint32_t channels = 0;
        bool is_held_up = false;
    };

    std::uint32_t group_of(mining::Epoch epoch, std::uint32_t partition);
    void look_at(Group& group, const IsStuck& is_stuck);

    std::vector<Entry> entries_{};
    std::vector<Group> groups_{};
    std::map<std::pair<mining::Epoch, std::uint32_t>, std::uint32_t> group_places_{};
    std::map<std::uint32_t, base::UnixMicros> complete_until_{};
    double shares_per_second_ = 0;
};

}  // namespace admin
