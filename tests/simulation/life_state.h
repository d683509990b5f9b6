#pragma once

#include "base/clock.h"
#include "simulation/world.h"

namespace simulation {

/// What the world must know of an incarnation of a process when an event of its comes due.
struct World::LifeState {
    bool is_alive{true};
    base::SteadyTime frozen_until{};
};

}  // namespace simulation
