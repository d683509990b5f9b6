#include "simulation/life.h"

#include <algorithm>
#include <utility>

#include "simulation/life_state.h"

namespace simulation {

Life::Life(World& world) : world_(world), state_(std::make_shared<World::LifeState>()) {}

Life::~Life() {
    state_->is_alive = false;
}

void Life::every(std::chrono::microseconds interval, World::Event event) const {
    repeat(interval, std::make_shared<World::Event>(std::move(event)));
}

void Life::repeat(std::chrono::microseconds interval, std::shared_ptr<World::Event> event) const {
    after(interval, [this, state = state_, interval, event = std::move(event)] {
        (*event)();
        if (state->is_alive) repeat(interval, event);  // the event may have ended this life
    });
}

Life::Scheduler Life::scheduler() const {
    return [&world = world_, state = state_](std::chrono::microseconds wait,
                                             std::function<void()> event) {
        world.after(state, wait, std::move(event));
    };
}

void Life::freeze(std::chrono::microseconds span) {
    state_->frozen_until = std::max(state_->frozen_until, world_.now() + span);
}

bool Life::is_frozen() const {
    return state_->frozen_until > world_.now();
}

}  // namespace simulation
