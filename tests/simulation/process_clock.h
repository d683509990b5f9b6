#pragma once

#include <chrono>

#include "base/clock.h"
#include "simulation/world.h"

namespace simulation {

/// The clock of one machine: its calendar may be wrong and jump, its steady face is everybody's.
class ProcessClock final : public base::Clock {
  public:
    explicit ProcessClock(const World& world) : world_(world) {}

    base::UnixMicros unix_now() const override { return world_.clock().unix_now() + offset_; }
    base::SteadyTime steady_now() const override { return world_.now(); }
    void set_offset(std::chrono::microseconds offset) { offset_ = offset; }

  private:
    const World& world_;
    std::chrono::microseconds offset_{};
};

}  // namespace simulation
