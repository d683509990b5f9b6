#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace rpc {

/// What waits for a subscriber: numbered from 1, and bounded, but for the snapshot that it began
/// with. Pure state.
template <class Response>
class ResponseQueue {
  public:
    void begin(std::vector<Response> snapshot, std::size_t queue_max) {
        queue_max_ = queue_max;
        snapshot_left_ = snapshot.size();
        for (auto& response : snapshot) enqueue(std::move(response));
    }

    /// False, and nothing is kept, when the subscriber is too far behind.
    bool push(Response response) {
        if (queue_.size() >= queue_max_ + snapshot_left_) return false;
        enqueue(std::move(response));
        return true;
    }

    /// The next to be sent.
    std::optional<Response> take() {
        if (queue_.empty()) return std::nullopt;
        std::optional next{std::move(queue_.front())};
        queue_.pop_front();
        if (snapshot_left_ > 0) --snapshot_left_;
        return next;
    }

    void clear() { queue_.clear(); }
    std::size_t size() const { return queue_.size(); }

  private:
    void enqueue(Response response) {
        response.set_sequence(++sequence_);
        queue_.push_back(std::move(response));
    }

    std::deque<Response> queue_{};
    std::uint64_t sequence_ = 0;
    std::size_t queue_max_ = 0;
    std::size_t snapshot_left_ = 0;
};

}  // namespace rpc
