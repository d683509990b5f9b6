#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "control/control_service.h"
#include "ledger/redis_metrics.h"
#include "ledger/redis_problem.h"
#include "redis/process_client.h"
#include "service/chassis.h"
#include "service/process.h"
#include "vardiff/config.h"
#include "vardiff/problem_watch.h"
#include "vardiff/retargeting.h"
#include "vardiff/rpc_service.h"
#include "vardiff/upkeep.h"

namespace {

/// Everything that the service is made of, in the order in which it comes to be.
struct Parts {
    const vardiff::Config& config;
    service::Chassis& chassis;
    const base::Clock& clock;
    base::Random& random;

    boost::asio::io_context& loop = chassis.loop().context();
    /// Two connections, so that large pages of the log delay nothing else.
    std::unique_ptr<redis::ProcessClient> log_redis =
        redis::make_client(loop, config.ledger.redis, clock, random);
    std::unique_ptr<redis::ProcessClient> redis =
        redis::make_client(loop, config.ledger.redis, clock, random);
    vardiff::Retargeting retargeting{
        config,
        {.loop = loop,
         .clock = clock,
         .redis = *log_redis,
         .metrics = chassis.metrics(),
         .on_follow =
             [this](auto partition) { chassis.watchdog().event("follows partition", partition); },
         .on_proposed =
             [this](auto count) { chassis.watchdog().event("targets proposed", count); }}};
    vardiff::RpcService rpc{loop, retargeting.hub(), retargeting.policies(),
                            [this](auto key) { return retargeting.find(key); }};
    vardiff::Upkeep upkeep{config,
                           {.loop = loop,
                            .clock = clock,
                            .random = random,
                            .redis = *redis,
                            .metrics = chassis.metrics(),
                            .retargeting = retargeting}};
    control::ControlService control{chassis};
};

void report(Parts& parts) {
    auto& chassis = parts.chassis;
    chassis.health().set_not_ready("redis", "no connection");
    parts.redis->on_change([&chassis](bool is_connected) {
        if (is_connected)
            chassis.health().set_ready("redis");
        else
            chassis.health().set_not_ready("redis", "no connection");
    });
    ledger::watch_redis(chassis.problems(), *parts.redis, parts.config.ledger.redis,
                        service::Problems::Severity::warning,
                        "targets stay as they are, sums lag, and gateways that are gone stay");
    vardiff::watch_sums(chassis.problems(), parts.upkeep.projectors());
    vardiff::watch_partitions(chassis, parts.clock, parts.retargeting.partitions());
    ledger::publish_redis(chassis.metrics(), {parts.redis.get(), parts.log_redis.get()});
}

void run(const vardiff::Config& config) {
    base::SystemClock clock;
    base::SystemRandom random;
    service::Chassis chassis{"vardiff", config.chassis, clock};
    Parts parts{.config = config, .chassis = chassis, .clock = clock, .random = random};
    report(parts);
    parts.retargeting.start();
    parts.upkeep.start();
    chassis.run({&parts.rpc, &parts.control}, [&] {
        parts.retargeting.leave();
        parts.upkeep.leave();
        chassis.drained();
    });
}

}  // namespace

int main(int argc, char** argv) {
    return service::run_service("vardiff", argc, argv, vardiff::load_config, run);
}
