#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "redis/client.h"
#include "redis/script.h"
#include "vardiff/policies.h"

namespace vardiff {

/// The policies in force: those of the configuration until an operator changes them, then what is
/// in Redis, which all replicas look at. Lives on one loop.
class PolicyKeeper {
  public:
    enum class Outcome {
        changed,
        overtaken,    ///< another change came first
        unavailable,  ///< Redis is away
    };
    using OnChange = std::function<void(const std::shared_ptr<const Policies>&)>;

    PolicyKeeper(boost::asio::io_context& loop, redis::Client& client, PolicySet configured);

    /// Begins to look; `on_change` hears of every change, also of those made here.
    void start(OnChange on_change);
    void stop() { timer_.cancel(); }

    const std::shared_ptr<const Policies>& current() const { return current_; }

    /// Stores `next`, whose version is the one after the current.
    void change(PolicySet next, std::function<void(Outcome)> done);

  private:
    void look();
    void take(PolicySet set);

    redis::Client& client_;
    redis::Script script_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<const Policies> current_;
    OnChange on_change_ = [](const auto&) {};
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace vardiff
