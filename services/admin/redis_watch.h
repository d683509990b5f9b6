#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/process_state.h"
#include "admin/redis_info.h"
#include "admin/view.h"
#include "base/clock.h"
#include "base/random.h"
#include "ledger/config.h"
#include "redis/hiredis_client.h"
#include "redis/slot_learner.h"

namespace admin {

/// What is known of a Redis or a Sentinel.
struct RedisState {
    std::string address{};
    bool is_sentinel = false;
    Moment begun{};
    std::optional<Moment> answered{};
    /// Questions in a row without an answer, and what was said of the last.
    unsigned failures = 0;
    std::string why{};
    std::chrono::microseconds latency{};
    std::optional<RedisInfo> info{};
    /// As configured: "always"; empty where it does not tell.
    std::string append_fsync{};
    /// Of a node of a cluster, how it sees that.
    std::optional<ClusterInfo> cluster{};

    /// "services/redis-127.0.0.1:6379".
    std::string row_name() const;
    Moment silent_since() const { return answered.value_or(begun); }
    proto::Service row(std::uint32_t replicas_wanted) const;
};

/// Asks the pool's Redis once a second how it is, and its Sentinels who is the primary, or a
/// cluster who its primaries are; each over a connection of its own, so that one that is frozen is
/// told from one that is busy with the ledger. Owned by Admin, one loop.
class RedisWatch {
  public:
    static constexpr std::chrono::milliseconds interval{1'000};
    /// A Redis that is alive answers in milliseconds.
    static constexpr std::chrono::milliseconds patience{900};

    RedisWatch(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
               const ledger::Config& config, View& view);
    ~RedisWatch();
    RedisWatch(const RedisWatch&) = delete;
    RedisWatch& operator=(const RedisWatch&) = delete;

    void start();
    void stop() { timer_.cancel(); }

    /// Every Redis and Sentinel.
    std::vector<const RedisState*> states() const;
    std::uint32_t replicas_wanted() const { return config_.durability.replicas; }

  private:
    struct Probe;

    std::shared_ptr<Probe> probe_of(const redis::Address& address, bool is_sentinel);
    void tick();
    void ask(const std::shared_ptr<Probe>& probe);
    void on_primary();
    void ask_of_cluster(const std::shared_ptr<Probe>& probe);
    /// Whom there is to ask from now on.
    void set_primaries(const std::vector<redis::Address>& addresses);
    void publish(Probe& probe);
    Moment now() const { return {clock_.steady_now(), clock_.unix_now()}; }

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    base::Random& random_;
    ledger::Config config_;
    View& view_;
    boost::asio::steady_timer timer_;
    /// Several of a cluster.
    std::vector<std::shared_ptr<Probe>> primaries_{};
    std::vector<std::shared_ptr<Probe>> sentinels_{};
    std::uint64_t ticks_ = 0;
    /// Of a cluster.
    std::unique_ptr<redis::SlotLearner> learner_{};
};

}  // namespace admin
