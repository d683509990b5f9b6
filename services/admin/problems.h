#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "admin/fleet.h"
#include "admin/fleet_rules.h"
#include "admin/mining_rules.h"
#include "admin/node_source.h"
#include "admin/problem_book.h"
#include "admin/redis_watch.h"
#include "admin/view.h"
#include "base/clock.h"

namespace admin {

/// What is wrong right now: looks at the whole view about twice a second. Owned by Admin, one loop.
class Problems {
  public:
    static constexpr std::chrono::milliseconds interval{500};

    struct Sources {
        const Fleet& fleet;
        const RedisWatch& redis;
        const NodeSource& nodes;
    };

    Problems(boost::asio::io_context& loop, const base::Clock& clock, const Sources& sources,
             View& view)
        : clock_(clock), sources_(sources), view_(view), timer_(loop), book_(view) {}

    void start();
    void stop() { timer_.cancel(); }

  private:
    void look();

    const base::Clock& clock_;
    Sources sources_;
    const View& view_;
    boost::asio::steady_timer timer_;
    base::SteadyTime started_{};
    FleetRules fleet_rules_{};
    MiningRules mining_rules_{};
    ProblemBook book_;
};

}  // namespace admin
