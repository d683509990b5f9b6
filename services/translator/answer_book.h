#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "base/strong_id.h"
#include "translator/channels.h"

namespace translator {

/// Who waits for verdicts, for as long as it does.
using WaiterNumber = base::StrongId<struct WaiterNumberTag, std::uint64_t>;

/// Until when the answers of all miners wait for the pool's verdicts. All wait equally long, so one
/// queue, in the order in which the shares came, knows whose turn is next. Owned by the
/// MinerContext.
class AnswerBook {
  public:
    class Waiter {
      public:
        virtual ~Waiter() = default;
        /// The share has waited long enough; perhaps its verdict has come meanwhile.
        virtual void on_answer_due(ShareTicket ticket) = 0;

      protected:
        Waiter() = default;
        Waiter(const Waiter&) = default;
        Waiter& operator=(const Waiter&) = default;
    };

    explicit AnswerBook(std::chrono::milliseconds answer_within) : answer_within_(answer_within) {}

    /// The waiter outlives its number, which leave() ends.
    WaiterNumber enter(Waiter& waiter);
    void leave(WaiterNumber number);

    /// The answer to this share waits from now on.
    void add(WaiterNumber number, ShareTicket ticket, base::SteadyTime now);
    /// Tells those whose time has come. Waiters may enter, leave and add meanwhile.
    void on_time(base::SteadyTime now);
    std::size_t waiting() const { return queue_.size(); }
    /// Since when the first of them does.
    std::optional<base::SteadyTime> oldest() const {
        if (queue_.empty()) return std::nullopt;
        return queue_.front().due - answer_within_;
    }

  private:
    struct Entry {
        base::SteadyTime due{};
        WaiterNumber number{};
        ShareTicket ticket{};
    };
    std::chrono::milliseconds answer_within_;
    std::deque<Entry> queue_{};
    boost::unordered_flat_map<std::uint64_t, Waiter*> waiters_{};
    std::uint64_t last_number_{};
};

}  // namespace translator
