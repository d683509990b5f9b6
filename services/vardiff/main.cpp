#include "base/clock.h"
#include "base/random.h"
#include "service/chassis.h"
#include "service/process.h"
#include "vardiff/config.h"
#include "vardiff/proposals.h"
#include "vardiff/upkeep.h"

namespace {

void run(const vardiff::Config& config) {
    base::SystemClock clock;
    base::SystemRandom random;
    service::Chassis chassis{"vardiff", config.chassis, clock};
    vardiff::Proposals proposals{chassis.loop().context(), config.target, {}, chassis.metrics()};
    vardiff::Upkeep upkeep{config, clock, random, chassis};
    upkeep.start();
    chassis.run({&proposals}, [&] {
        proposals.close();
        upkeep.leave();
        chassis.drained();
    });
}

}  // namespace

int main(int argc, char** argv) {
    return service::run_service("vardiff", argc, argv, vardiff::load_config, run);
}
