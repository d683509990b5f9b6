#pragma once

#include <boost/asio/ip/address.hpp>
#include <memory>
#include <vector>

#include "loadgen/peer.h"

namespace loadgen {

/// The peers of a run, all of one protocol, and how its miners stand. Outlives what it recruits.
class Crew {
  public:
    virtual ~Crew() = default;
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    struct Recruit {
        std::unique_ptr<Peer> peer{};
        boost::asio::ip::address from{};  ///< unspecified: the kernel chooses
        base::SteadyTime joins_at{};
    };
    /// Called once.
    virtual std::vector<Recruit> recruit(base::SteadyTime now) = 0;

    struct Standing {
        std::size_t connected = 0;
        std::size_t working = 0;
        bool have_ever_worked = false;             ///< any of them
        base::SteadyTime::duration oldest_wait{};  ///< of a share for its answer
    };
    virtual Standing standing(base::SteadyTime now) const = 0;
    /// Where nobody submits yet: whether they do from now on, and are due anew.
    virtual bool begins(base::SteadyTime) { return false; }
    /// Nobody submits any more.
    virtual void stop_mining() = 0;

  protected:
    Crew() = default;
};

}  // namespace loadgen
