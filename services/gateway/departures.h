#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "edge/drain.h"
#include "gateway/front.h"

namespace gateway {

/// Who is on the way out: connections that are asked to connect again elsewhere, each at a moment
/// of its own, and ended when what they have sent is answered. Owned by the gateway.
class Departures {
  public:
    Departures(Front& front, const base::Clock& clock, base::Random& random)
        : front_(front), clock_(clock), random_(random) {}

    /// Those of them that are not on the way out already. How many these are.
    std::size_t add(std::vector<ConnectionId> connections, const edge::DrainSettings& settings);
    /// Nobody else is asked or ended; but whom we do not read any more goes.
    void cancel();

    /// To be called ten times a second.
    void on_tick(base::SteadyTime now);
    /// Outcomes have come: ends those whose time has come and who have all their answers, or have
    /// waited for them long enough.
    void end_answered();

    bool contains(ConnectionId connection) const { return leaving_.contains(connection); }
    /// On the way out and still here.
    std::size_t size() const { return leaving_.size(); }
    /// Everybody has been asked and ended.
    bool is_over() const { return plans_.empty() && ending_.empty(); }

  private:
    struct Plan {
        edge::Drain<ConnectionId> drain;
        std::chrono::milliseconds answers_max;
    };
    struct Ending {
        ConnectionId connection{};
        base::SteadyTime until{};  // then without the answers that it lacks
    };

    void end_if_answered(const Ending& ending, base::SteadyTime now);

    Front& front_;
    const base::Clock& clock_;
    base::Random& random_;
    std::vector<Plan> plans_{};
    std::vector<Ending> ending_{};
    std::set<ConnectionId> leaving_{};
};

}  // namespace gateway
