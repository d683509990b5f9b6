#pragma once

#include <algorithm>
#include <map>

#include "simulation/network.h"

namespace simulation {

/// Until when faults kept a host, or everybody, from what it has to do: who checks bounds asks how
/// long there has been calm.
class Disturbances {
  public:
    explicit Disturbances(const World& world) : world_(world) {}

    void of(Host host, std::chrono::microseconds span) {
        auto& until = until_[host];
        until = std::max(until, world_.now() + span);
    }
    /// It does nothing for so long, whatever is healed meanwhile.
    void frozen(Host host, std::chrono::microseconds span) {
        auto& until = frozen_until_[host];
        until = std::max(until, world_.now() + span);
    }
    void of_all(std::chrono::microseconds span) {
        all_until_ = std::max(all_until_, world_.now() + span);
    }
    /// What was to last longer has ended now, but for who is frozen, and for what was sent when all
    /// was slow and is still on its way.
    void heal() {
        for (auto& [host, until] : until_) until = std::min(until, world_.now());
    }
    /// Neither of these two was disturbed for so long.
    bool is_calm(Host a, Host b, std::chrono::microseconds span) const {
        const auto before = world_.now() - span;
        return all_until_ < before && of(a) < before && of(b) < before;
    }

  private:
    base::SteadyTime of(Host host) const {
        return std::max(in(until_, host), in(frozen_until_, host));
    }
    static base::SteadyTime in(const std::map<Host, base::SteadyTime>& until, Host host) {
        const auto found = until.find(host);
        return found == until.end() ? base::SteadyTime{} : found->second;
    }
    const World& world_;
    std::map<Host, base::SteadyTime> until_{};
    std::map<Host, base::SteadyTime> frozen_until_{};
    base::SteadyTime all_until_{};
};

}  // namespace simulation
