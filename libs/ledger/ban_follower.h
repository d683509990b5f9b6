#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "ledger/ban_list.h"
#include "redis/client.h"

namespace ledger {

/// How soon a ban is known everywhere, at the latest, while Redis answers.
inline constexpr std::chrono::milliseconds ban_follow_interval{1'000};

/// Keeps a process's copy of the bans. Asks once a second, for a version while nothing changes.
/// While Redis is away the last known bans hold. Lives on one loop.
class BanFollower {
  public:
    /// `client` outlives the follower's last turn on the loop.
    BanFollower(boost::asio::io_context& loop, redis::Client& client);

    /// `on_change` is told of the first answer, and then of each change.
    void start(std::function<void()> on_change);
    void stop() { timer_.cancel(); }

    /// Whether Redis has answered at all: before, nobody knows who is banned.
    bool is_known() const { return !version_.empty(); }
    const BanList& list() const { return list_; }

  private:
    void ask();

    redis::Client& client_;
    boost::asio::steady_timer timer_;
    std::function<void()> on_change_{};
    std::string version_{};
    BanList list_{};
};

}  // namespace ledger
