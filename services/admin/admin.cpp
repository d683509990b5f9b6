#include "admin/admin.h"

#include "ledger/redis_metrics.h"

namespace admin {

Admin::Admin(const Config& config, const base::Clock& clock, base::Random& random,
             service::Chassis& chassis)
    : redis_(chassis.loop().context(), config.ledger.redis, clock, random),
      api_(config.api, chassis.loop().context(), clock, random, chassis.metrics(),
           {.view = view_,
            .redis = redis_,
            .durability = config.ledger.durability,
            .processes = {.channel_of = [](auto) { return nullptr; },
                          .want_connections = [](const auto& done) { done(); }}}) {
    // An operator needs us most while Redis is away: it is no reason not to be ready.
    ledger::publish_redis(chassis.metrics(), redis_);
    if (config.console.is_enabled)
        console_.emplace(chassis.loop(), config.console, view_, HistorySource{}, clock, random);
}

void Admin::start() {
    api_.start();
    if (console_) console_->start();
}

void Admin::leave() {
    if (console_) console_->close();
    api_.leave();
}

}  // namespace admin
