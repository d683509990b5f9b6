#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"

namespace edge {

/// Bytes on their way to one peer, and since when it owes us to take them.
///
/// Memory follows what is unread: also of a peer that never catches up, and reads a byte at a time,
/// what it has taken is given back.
class SendQueue {
  public:
    /// What is appended here is sent in this order.
    base::Bytes& tail() { return bytes_; }
    /// Before `size` bytes are appended: a long queue grows in steps, where a vector would double.
    void make_room(std::size_t size);
    /// An idle queue has no memory: it is lent an empty buffer when there is something to send, and
    /// gives it back when all is taken.
    void lend(base::Bytes buffer) { bytes_ = std::move(buffer); }
    base::Bytes give_back() { return std::exchange(bytes_, base::Bytes{}); }
    base::ByteView unread() const { return base::ByteView{bytes_}.subspan(taken_); }
    std::size_t unread_size() const { return bytes_.size() - taken_; }
    bool is_empty() const { return taken_ == bytes_.size(); }
    std::size_t memory() const { return bytes_.capacity(); }

    /// The socket takes no more now: from here on the peer is watched.
    void blocked(base::SteadyTime now);
    /// The socket took the first `size` bytes of unread().
    void took(std::size_t size, base::SteadyTime now);

    /// Since when there is something that the peer had to take and did not. A single byte now and
    /// then does not move it; taking all that had been there at that time does.
    std::optional<base::SteadyTime> waiting_since() const { return waiting_since_; }

  private:
    base::Bytes bytes_{};
    std::size_t taken_{};  // of bytes_
    std::optional<base::SteadyTime> waiting_since_{};
    std::size_t owed_{};  // how many unread bytes there were then, less what was taken since
};

}  // namespace edge
