#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "base/random.h"
#include "ledger/durability.h"
#include "mining/ids.h"
#include "redis/client.h"
#include "rpc/backoff.h"

namespace templates {

/// Takes an epoch for this leader, however long Redis is away, and waits until it may be used.
/// Owned by the loop.
class EpochTaker {
  public:
    EpochTaker(boost::asio::io_context& loop, redis::Client& redis, base::Random& random,
               ledger::Durability durability);

    /// The callback runs once.
    void start(std::function<void(mining::Epoch)> taken);

  private:
    void ask();
    void after(std::chrono::microseconds wait, std::function<void()> then);

    redis::Client& redis_;
    ledger::Durability durability_;
    rpc::Backoff backoff_;
    boost::asio::steady_timer timer_;
    std::function<void(mining::Epoch)> taken_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
