#pragma once

#include <optional>

#include "admin/api_server.h"
#include "admin/config.h"
#include "admin/console.h"
#include "admin/view.h"
#include "base/clock.h"
#include "base/random.h"
#include "redis/hiredis_client.h"
#include "service/chassis.h"

namespace admin {

/// The admin service's parts: sources that fill the view, and what reads it. Owns all of them; one
/// thread, one loop.
class Admin {
  public:
    Admin(const Config& config, const base::Clock& clock, base::Random& random,
          service::Chassis& chassis);

    void start();
    /// Ends what waits for others.
    void leave();

  private:
    redis::HiredisClient redis_;
    View view_{};
    ApiServer api_;
    std::optional<Console> console_{};
};

}  // namespace admin
