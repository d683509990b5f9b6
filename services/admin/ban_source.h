#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "admin/view.h"
#include "base/clock.h"
#include "ledger/ban_follower.h"

namespace admin {

/// Follows `{pool}:bans` and fills View::bans with those that hold. Owned by Admin, one loop.
class BanSource {
  public:
    /// `client` outlives this.
    BanSource(boost::asio::io_context& loop, redis::Client& client, const base::Clock& clock,
              View& view)
        : clock_(clock), view_(view), follower_(loop, client), timer_(loop) {}

    void start();
    void stop();

  private:
    void publish();

    const base::Clock& clock_;
    View& view_;
    ledger::BanFollower follower_;
    boost::asio::steady_timer timer_;  // until the next of them ends
};

/// "bans/address:10.0.0.0%2F8", "bans/identity:alice".
proto::Ban ban_row(const ledger::Ban& ban);

}  // namespace admin
