#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "simulation/world.h"

namespace simulation {

/// One incarnation of a simulated process: a member of what is destroyed when the process is
/// killed. Whatever is due to it then is dropped; while it is frozen (SIGSTOP, a long pause) it
/// comes late, in its order.
class Life {
  public:
    explicit Life(World& world);
    ~Life();
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    World& world() const { return world_; }
    void after(std::chrono::microseconds wait, World::Event event) const {
        world_.after(*this, wait, std::move(event));
    }
    /// Again and again, first after one interval; each time counted from when it was done.
    void every(std::chrono::microseconds interval, World::Event event) const;
    /// after(), for whoever does not know worlds and may outlive this.
    using Scheduler = std::function<void(std::chrono::microseconds, std::function<void()>)>;
    Scheduler scheduler() const;

    /// For whoever may outlive it.
    const std::shared_ptr<World::LifeState>& state() const { return state_; }

    void freeze(std::chrono::microseconds span);
    bool is_frozen() const;

  private:
    void repeat(std::chrono::microseconds interval, std::shared_ptr<World::Event> event) const;

    World& world_;
    std::shared_ptr<World::LifeState> state_;
};

}  // namespace simulation
