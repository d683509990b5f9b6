#pragma once

#include <cstddef>
#include <memory>

#include "simulation/life.h"
#include "simulation/network.h"

namespace simulation {

/// One direction of a connection between two processes: what is sent arrives in its order, each
/// once, or waits while the two are parted. What is on the way is lost with the link, which whoever
/// holds the connection destroys when one of its ends dies.
class Link {
  public:
    /// What arrives is an event of `receiver`. At most `waiting_max` are on the way.
    Link(Network& network, Host from, Host to, const Life& receiver,
         std::size_t waiting_max = 1'000);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// False when too much is on the way already: then it is not sent.
    bool send(World::Event arrive);
    std::size_t waiting() const;
    /// For how long what is on the way has been late, because the two are parted.
    std::chrono::microseconds stalled() const;

  private:
    struct State;
    static void wake(const std::shared_ptr<State>& state, std::chrono::microseconds wait);
    static void carry(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
};

}  // namespace simulation
