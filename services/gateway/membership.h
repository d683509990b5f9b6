#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "base/random.h"
#include "ledger/durability.h"
#include "ledger/epoch.h"
#include "ledger/pool_config.h"
#include "redis/client.h"

namespace gateway {

/// How a gateway becomes part of the pool: it reads what all must agree on, takes an epoch that
/// nobody ever had, and from then on says that it lives. All that a gateway wants from Redis.
class Membership {
  public:
    struct Settings {
        std::uint32_t partitions{ledger::partitions_default};
        ledger::Durability durability{};
        /// Where its bus is reached, for the operator.
        std::string address{};
    };
    using OnJoined = std::function<void(const ledger::PoolConfig&, mining::Epoch)>;
    /// The pool's configuration and ours contradict each other: an operator must see to it.
    using OnRefused = std::function<void(const std::string& why)>;
    /// Why it takes so long; the next try comes by itself.
    using OnWaiting = std::function<void(const std::string& why)>;

    Membership(boost::asio::io_context& loop, redis::Client& redis, base::Random& random,
               Settings settings);

    void join(OnJoined on_joined, OnRefused on_refused, OnWaiting on_waiting);
    /// The process ends well.
    void leave();

  private:
    void load_config();
    void take_epoch();
    void beat();
    void retry(const std::string& why, void (Membership::*step)());
    void after(std::chrono::microseconds wait, void (Membership::*step)());
    void joined();

    redis::Client& redis_;
    base::Random& random_;
    Settings settings_;
    boost::asio::steady_timer timer_;
    OnJoined on_joined_{};
    OnRefused on_refused_{};
    OnWaiting on_waiting_{};
    ledger::PoolConfig config_{};
    mining::Epoch epoch_{};
    bool is_member_{};
};

}  // namespace gateway
