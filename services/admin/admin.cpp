#include "admin/admin.h"

#include "admin/history_sources.h"
#include "admin/view_pages.h"
#include "ledger/redis_metrics.h"

namespace admin {

Admin::Admin(const Config& config, const base::Clock& clock, base::Random& random,
             service::Chassis& chassis)
    : redis_(redis::make_client(chassis.loop().context(), config.ledger.redis, clock, random)),
      projection_(chassis.loop().context(), *redis_, clock,
                  {.partitions = config.ledger.partitions}, view_, chassis.metrics()),
      share_outlets_(config.share_outlets, chassis, clock, *redis_, config.ledger.partitions),
      fleet_(chassis.loop().context(), clock, config.fleet, view_),
      redis_watch_(chassis.loop().context(), clock, random, config.ledger, view_),
      nodes_(chassis.loop().context(), clock, random, config.fleet, fleet_, view_),
      blocks_(chassis.loop().context(), *redis_, view_),
      bans_(chassis.loop().context(), *redis_, clock, view_),
      problems_(chassis.loop().context(), clock, {fleet_, redis_watch_, nodes_}, view_),
      webhooks_(chassis.loop().context(), clock, *redis_, config.webhooks, view_,
                chassis.metrics()),
      api_(config.api, chassis.loop().context(), clock, random, chassis.metrics(),
           {.view = view_,
            .redis = *redis_,
            .durability = config.ledger.durability,
            .processes = {.channel_of = [this](auto name) { return fleet_.channel_of(name); },
                          .want_connections =
                              [this](auto done) { fleet_.want_connections(std::move(done)); }},
            .histories = histories_for_api(projection_)}) {
    share_outlets_.offer(api_);
    // An operator needs us most while Redis is away: it is no reason not to be ready.
    ledger::publish_redis(chassis.metrics(), *redis_);
    publish_problems(chassis.metrics(), view_);
    serve_view_pages(chassis.http(), view_);
    if (config.console.is_enabled)
        console_.emplace(chassis.loop(), config.console, view_, histories_for_console(projection_),
                         clock, random);
    if (config.miner_page.is_enabled)
        miner_page_.emplace(chassis.loop(), config.miner_page, view_, clock);
}

Admin::~Admin() {
    share_outlets_.leave();
}

void Admin::start() {
    projection_.start();
    share_outlets_.start();
    fleet_.start();
    redis_watch_.start();
    nodes_.start();
    blocks_.on_entry(
        [this](const auto& place, const auto& entry) { webhooks_.on_block_entry(place, entry); });
    webhooks_.start();
    blocks_.start();
    bans_.start();
    problems_.start();
    api_.start();
    if (console_) console_->start();
}

void Admin::leave() {
    share_outlets_.leave();
    if (console_) console_->close();
    if (miner_page_) miner_page_->close();
    api_.leave();
    problems_.stop();
    bans_.stop();
    blocks_.stop();
    webhooks_.stop();
    nodes_.stop();
    redis_watch_.stop();
    fleet_.stop();
    projection_.stop();
}

}  // namespace admin
