#include "base/clock.h"
#include "base/random.h"
#include "channel-manager/config.h"
#include "channel-manager/process.h"
#include "control/control_service.h"
#include "service/chassis.h"
#include "service/process.h"

int main(int argc, char** argv) {
    return service::run_service(
        "channel-manager", argc, argv, channel_manager::load_config,
        [](const channel_manager::Config& config) {
            base::SystemClock clock;
            base::SystemRandom random;
            service::Chassis chassis{"channel-manager", config.chassis, clock};
            channel_manager::Process process{config, clock, random, chassis};
            control::ControlService control{chassis};
            process.start();
            chassis.run({&control}, [&] { process.drain(); });
        },
        channel_manager::describe);
}
