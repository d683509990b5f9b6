#include "simulation/world.h"

#include <algorithm>
#include <utility>

#include "simulation/life.h"
#include "simulation/life_state.h"
#include "simulation/virtual_time.h"

namespace simulation {
namespace {

// Enough to see what led to a failure, and printed whole.
constexpr std::size_t lines_max = 120;

}  // namespace

World::World(std::uint64_t seed) : seed_(seed), chance_(seed) {
    virtual_time::restart();
}

World::~World() = default;

base::UnixMicros World::TrueClock::unix_now() const {
    return virtual_time::unix_start + std::chrono::floor<std::chrono::microseconds>(
                                          virtual_time::now() - virtual_time::steady_start);
}

base::SteadyTime World::TrueClock::steady_now() const {
    return virtual_time::now();
}

base::SteadyTime World::now() const {
    return virtual_time::now();
}

std::chrono::microseconds World::age() const {
    return std::chrono::floor<std::chrono::microseconds>(now() - virtual_time::steady_start);
}

void World::after(std::chrono::microseconds wait, Event event) {
    put(nullptr, now() + std::max(wait, std::chrono::microseconds{0}), std::move(event));
}

void World::after(const Life& life, std::chrono::microseconds wait, Event event) {
    after(life.state(), wait, std::move(event));
}

void World::after(const std::shared_ptr<LifeState>& life, std::chrono::microseconds wait,
                  Event event) {
    put(life, now() + std::max(wait, std::chrono::microseconds{0}), std::move(event));
}

void World::put(std::shared_ptr<LifeState> life, base::SteadyTime at, Event event) {
    std::uint32_t slot{};
    if (free_slots_.empty()) {
        slot = static_cast<std::uint32_t>(slots_.size());
        slots_.emplace_back();
    } else {
        slot = free_slots_.back();
        free_slots_.pop_back();
    }
    slots_[slot] = {std::move(life), std::move(event)};
    due_.push({at, ++last_order_, slot});
}

void World::run_next() {
    const auto slot = due_.top().slot;
    due_.pop();
    auto [life, event] = std::exchange(slots_[slot], {});
    free_slots_.push_back(slot);
    if (life) {
        if (!life->is_alive) return;
        // Put again in the order in which they come, they happen in it.
        if (life->frozen_until > now()) return put(life, life->frozen_until, std::move(event));
    }
    ++events_;
    event();
}

void World::run_for(std::chrono::microseconds span) {
    const auto end = now() + span;
    while (violations_.empty()) {
        auto next = virtual_time::next_timer();
        if (!due_.empty() && (!next || due_.top().at < *next)) next = due_.top().at;
        if (!next || *next > end) break;
        virtual_time::wind_to(*next);
        while (!due_.empty() && due_.top().at <= now() && violations_.empty()) run_next();
        loop_.poll();
    }
    if (violations_.empty()) virtual_time::wind_to(end);
}

void World::drop_events() {
    // What an event holds may ask for another one when it goes.
    while (!due_.empty()) {
        due_ = {};
        free_slots_.clear();
        const auto dropped = std::exchange(slots_, {});
    }
}

void World::violation(std::string_view invariant, std::string what) {
    trace("VIOLATION {}: {}", invariant, what);
    violations_.push_back({std::string{invariant}, std::move(what), now()});
}

void World::add_line() {
    const auto at = age().count();
    mix(static_cast<std::uint64_t>(at));
    for (const auto letter : line_) mix(static_cast<unsigned char>(letter));
    auto line = fmt::format("{:4}.{:06} {}", at / 1'000'000, at % 1'000'000, line_);
    if (prints_trace_) fmt::print(stderr, "{}\n", line);
    if (lines_.size() == lines_max) lines_.pop_front();
    lines_.push_back(std::move(line));
}

}  // namespace simulation
