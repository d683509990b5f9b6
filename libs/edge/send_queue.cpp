#include "edge/send_queue.h"

#include <algorithm>

namespace edge {
namespace {

// Small enough that ten thousand idle connections do not keep what one busy moment needed.
constexpr std::size_t idle_size_max = 1024;

// Moving what is unread to the front pays from here on, and if at most as much is moved as freed.
constexpr std::size_t compact_from = 64 * 1024;

// By how much a long queue grows.
constexpr std::size_t step = 64 * 1024;

}  // namespace

void SendQueue::make_room(std::size_t size) {
    const auto needed = bytes_.size() + size;
    if (needed > bytes_.capacity() && needed > step) bytes_.reserve(needed + step);
}

void SendQueue::blocked(base::SteadyTime now) {
    if (waiting_since_) return;
    waiting_since_ = now;
    owed_ = unread_size();
}

void SendQueue::took(std::size_t size, base::SteadyTime now) {
    taken_ += size;
    if (waiting_since_) {
        owed_ -= std::min(owed_, size);
        if (owed_ == 0) {
            waiting_since_.reset();
            if (!is_empty()) blocked(now);
        }
    }
    if (is_empty()) {
        taken_ = 0;
        bytes_.clear();
        if (bytes_.capacity() > idle_size_max) bytes_.shrink_to_fit();
    } else if (taken_ >= compact_from && taken_ >= unread_size()) {
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(taken_));
        taken_ = 0;
    }
}

}  // namespace edge
