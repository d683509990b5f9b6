#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strong_id.h"
#include "simulation/world.h"

namespace simulation {

/// Where processes run. It stays the same over all incarnations of a process.
using Host = base::StrongId<struct HostTag, std::uint32_t>;

/// Who reaches whom, and how long it takes. What links carry waits while its ends are parted.
class Network {
  public:
    explicit Network(World& world) : world_(world), chance_(world.fork("network")) {}

    /// The host of this name, the same each time.
    Host host(std::string_view name);
    const std::string& name(Host host) const { return hosts_[host.value].name; }

    /// Nothing passes between these two, in either direction.
    void part(Host a, Host b, std::chrono::microseconds span);
    /// Nothing passes between this one and any other.
    void isolate(Host host, std::chrono::microseconds span);
    /// All that is sent meanwhile takes so many times as long.
    void slow_down(unsigned times, std::chrono::microseconds span);
    /// As if nothing of that had been.
    void heal();

    bool reaches(Host a, Host b) const;
    /// For what is sent now.
    std::chrono::microseconds delay();

    World& world() const { return world_; }

  private:
    struct HostState {
        std::string name{};
        base::SteadyTime isolated_until{};
    };

    World& world_;
    Chance chance_;
    std::vector<HostState> hosts_{};
    std::map<std::pair<std::uint32_t, std::uint32_t>, base::SteadyTime> parted_until_{};
    unsigned slowness_{1};
    base::SteadyTime slow_until_{};
};

}  // namespace simulation
