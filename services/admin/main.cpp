#include "admin/admin.h"
#include "admin/config.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/control_service.h"
#include "service/chassis.h"
#include "service/process.h"

namespace {

void run(const admin::Config& config) {
    base::SystemClock clock;
    base::SystemRandom random;
    service::Chassis chassis{"admin", config.chassis, clock};
    admin::Admin admin{config, clock, random, chassis};
    control::ControlService control{chassis};
    admin.start();
    chassis.run({&control}, [&] {
        admin.leave();
        chassis.drained();
    });
}

}  // namespace

int main(int argc, char** argv) {
    return service::run_service("admin", argc, argv, admin::load_config, run);
}
