#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "translator/channels.h"

namespace translator {

/// The shares that are with the pool, oldest first: whose they are, and the miner's own ticket.
class ForwardedShares {
  public:
    struct Share {
        ShareTicket upstream{};
        ChannelHandle miner{};
        ShareTicket ticket{};
        base::SteadyTime since{};
        bool is_answered{};
    };
    /// A minute of 10,000 miners at six shares a minute each.
    static constexpr std::size_t shares_max = 65'536;

    /// Tickets of the channel only grow. The oldest that is without an answer, where it had to make
    /// room.
    std::optional<Share> add(const Share& share);
    /// Nothing where the share is not known any more.
    std::optional<Share> take(ShareTicket upstream);
    /// The oldest without an answer, where it was sent before that: a channel that has moved to
    /// another pool never hears of its last shares.
    std::optional<Share> take_sent_before(base::SteadyTime time);
    void clear() { shares_.clear(); }
    std::size_t size() const { return shares_.size(); }

  private:
    std::deque<Share> shares_{};
};

}  // namespace translator
