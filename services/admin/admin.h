#pragma once

#include <optional>

#include "admin/api_server.h"
#include "admin/ban_source.h"
#include "admin/block_source.h"
#include "admin/config.h"
#include "admin/console.h"
#include "admin/fleet.h"
#include "admin/log_projection.h"
#include "admin/miner_page.h"
#include "admin/node_source.h"
#include "admin/problems.h"
#include "admin/redis_watch.h"
#include "admin/share_outlets.h"
#include "admin/view.h"
#include "admin/webhooks.h"
#include "base/clock.h"
#include "base/random.h"
#include "redis/process_client.h"
#include "service/chassis.h"

namespace admin {

/// The admin service's parts: sources that fill the view, and what reads it. Owns all of them; one
/// thread, one loop.
class Admin {
  public:
    Admin(const Config& config, const base::Clock& clock, base::Random& random,
          service::Chassis& chassis);
    ~Admin();
    Admin(const Admin&) = delete;
    Admin& operator=(const Admin&) = delete;

    void start();
    /// Ends what waits for others.
    void leave();

  private:
    std::unique_ptr<redis::ProcessClient> redis_;
    View view_{};
    LogProjection projection_;
    ShareOutlets share_outlets_;  // there until api_ has ended
    Fleet fleet_;
    RedisWatch redis_watch_;
    NodeSource nodes_;
    BlockSource blocks_;
    BanSource bans_;
    Problems problems_;
    Webhooks webhooks_;
    ApiServer api_;
    std::optional<Console> console_{};
    std::optional<MinerPage> miner_page_{};
};

}  // namespace admin
