#include "bus/paced_events.h"

#include <algorithm>
#include <utility>

namespace bus {

void PacedEvents::add(std::uint64_t connection, std::uint64_t sequence, EventBody body,
                      base::SteadyTime now) {
    if (size_++ == 0) due_ = std::max(due_, now);
    const bool is_bulk = !allowance_.take(connection, now);
    if (is_bulk) ++bulk_size_;
    by_connection_[connection].push_back({sequence, std::move(body), is_bulk});
}

void PacedEvents::move_to(BatchBuilder& batch, std::uint64_t sequence, Beside beside,
                          base::SteadyTime now) {
    if (!is_due(now)) return;
    const auto most = to_move(pace_.at_once, now);
    auto bulk = to_move(beside == Beside::shares ? pace_.bulk_with_shares : pace_.bulk_alone, now);
    std::size_t moved = 0;
    // Ends when so many in a row had nothing for this batch that everybody was asked.
    for (std::size_t passed = 0; moved < most && passed < by_connection_.size();) {
        auto turn = by_connection_.upper_bound(last_served_);
        if (turn == by_connection_.end()) turn = by_connection_.begin();
        last_served_ = turn->first;
        auto& waiting = turn->second;
        const bool is_bulk = waiting.front().is_bulk;
        if (waiting.front().sequence > sequence || (is_bulk && bulk == 0)) {
            ++passed;
            continue;
        }
        passed = 0;
        if (is_bulk) {
            --bulk;
            --bulk_size_;
        }
        batch.add_event(std::move(waiting.front().body));
        waiting.pop_front();
        ++moved;
        if (waiting.empty()) by_connection_.erase(turn);
    }
    size_ -= moved;
    if (moved == 0) return;
    due_ = now + pace_.interval;
    moved_at_ = left_at_ = now;
}

std::size_t PacedEvents::to_move(std::size_t at_once, base::SteadyTime now) const {
    if (!moved_at_ || pace_.interval.count() == 0) return at_once;
    const auto intervals = static_cast<std::size_t>((now - *moved_at_) / pace_.interval);
    return std::clamp(at_once * intervals, at_once, std::max(at_once, most_));
}

void PacedEvents::came_home(base::SteadyTime now) {
    if (!left_at_) return;
    const auto took = now - *std::exchange(left_at_, {});
    most_ = std::min(static_cast<std::size_t>(took / 10 / pace_.cost), pace_.at_once_max);
}

void PacedEvents::hurry(std::size_t at_once) {
    pace_ = {.at_once = at_once,
             .bulk_with_shares = at_once,
             .bulk_alone = at_once,
             .at_once_max = at_once,
             .interval = {},
             .cost = pace_.cost};
    due_ = {};
}

}  // namespace bus
