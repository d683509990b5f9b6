#include "base/clock.h"
#include "base/random.h"
#include "control/control_service.h"
#include "service/chassis.h"
#include "service/process.h"
#include "vardiff/config.h"
#include "vardiff/retargeting.h"
#include "vardiff/upkeep.h"

namespace {

void run(const vardiff::Config& config) {
    base::SystemClock clock;
    base::SystemRandom random;
    service::Chassis chassis{"vardiff", config.chassis, clock};
    vardiff::Retargeting retargeting{config, clock, random, chassis};
    vardiff::Upkeep upkeep{config, clock, random, chassis, retargeting};
    control::ControlService control{chassis};
    retargeting.start();
    upkeep.start();
    chassis.run({&retargeting.service(), &control}, [&] {
        retargeting.leave();
        upkeep.leave();
        chassis.drained();
    });
}

}  // namespace

int main(int argc, char** argv) {
    return service::run_service("vardiff", argc, argv, vardiff::load_config, run);
}
