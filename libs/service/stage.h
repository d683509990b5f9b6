#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace service {

/// A queue as the watchdog sees it: how many entries wait, since when the oldest does, and how
/// long that may take. The queue's owner publishes from the loop; the watchdog reads from its own
/// thread.
class Stage {
  public:
    Stage(std::string name, std::chrono::milliseconds wait_max)
        : name_(std::move(name)), wait_max_(wait_max) {}

    /// To be called whenever the queue changes; `oldest` is when its oldest entry came. Two
    /// atomic stores, so at every change is not too often.
    void publish(std::size_t depth, base::SteadyTime oldest) {
        oldest_ = oldest.time_since_epoch().count();
        depth_ = depth;
    }
    void publish_empty() { depth_ = 0; }

    const std::string& name() const { return name_; }
    std::chrono::milliseconds wait_max() const { return wait_max_; }
    std::size_t depth() const { return depth_; }
    /// How long the oldest entry has waited; zero when nothing waits.
    std::chrono::nanoseconds age(base::SteadyTime now) const;
    bool is_stalled(base::SteadyTime now) const { return age(now) > wait_max_; }

  private:
    std::string name_;
    std::chrono::milliseconds wait_max_;
    std::atomic<std::size_t> depth_{0};
    std::atomic<std::int64_t> oldest_{0};
};

}  // namespace service
