#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/channel_scan.h"
#include "admin/connection_index.h"
#include "admin/log_partition.h"
#include "admin/projection.h"
#include "admin/view.h"
#include "base/clock.h"
#include "redis/client.h"
#include "service/metrics.h"

namespace admin {

/// Fills the view's pool, channels, workers and accounts from the share logs of all partitions, and
/// from what Redis has of the time before they begin; keeps the histories. Owned by Admin, on its
/// loop.
class LogProjection {
  public:
    struct Settings {
        /// As configured; the pool's own number, in Redis, goes before it.
        std::uint32_t partitions = 0;
        std::chrono::milliseconds poll_interval{250};
    };

    LogProjection(boost::asio::io_context& loop, redis::Client& client, const base::Clock& clock,
                  Settings settings, View& view, service::Registry& metrics);
    LogProjection(const LogProjection&) = delete;
    LogProjection& operator=(const LogProjection&) = delete;

    void start();
    void stop();

    /// Up to an hour at 1 s, up to six at 1 min, up to a day at 5 min.
    History pool_history(std::chrono::seconds window) const;
    /// Of a worker or an account ("identities/alice/workers/rig1"), at 10 min; nothing where there
    /// is none.
    std::optional<History> worker_history(std::string_view name, std::chrono::seconds window) const;

    /// All logs have been read to their ends.
    bool has_caught_up() const;
    /// Up to here all of them are read.
    base::UnixMicros log_time() const;

  private:
    void ask_for_partitions();
    void scan();
    void follow();
    void tick();
    void on_second();
    void look_at_gateways();
    void forget_reaped();
    bool is_stuck(mining::Epoch epoch) const;
    std::string gateway_name(mining::Epoch epoch) const;
    ChannelBook::Whereabouts whereabouts(mining::ChannelKey key) const;
    base::UnixMicros rows_time() const;
    void publish(service::Registry& metrics);
    void after(boost::asio::steady_timer& timer, std::chrono::milliseconds wait,
               void (LogProjection::*step)());

    boost::asio::io_context& loop_;
    redis::Client& client_;
    const base::Clock& clock_;
    Settings settings_;
    View& view_;
    Projection projection_;
    boost::asio::steady_timer tick_timer_;
    boost::asio::steady_timer retry_timer_;
    boost::asio::steady_timer reaped_timer_;
    std::unique_ptr<ChannelScan> scan_{};
    std::vector<std::unique_ptr<LogPartition>> partitions_{};
    /// As the fleet tells of them.
    std::map<mining::Epoch, std::string> gateways_{};
    ConnectionIndex connections_{view_.connections};
    Version bans_seen_ = 0;
    base::SteadyTime second_at_{};
    bool has_stopped_ = false;
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace admin
