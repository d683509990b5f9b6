#include "base/clock.h"
#include "base/random.h"
#include "control/control_service.h"
#include "service/chassis.h"
#include "service/process.h"
#include "translator/config.h"
#include "translator/translator.h"

namespace {

void run(const translator::Config& config) {
    const base::SystemClock clock;
    base::SystemRandom random;
    service::Chassis chassis{"translator", config.chassis, clock};
    translator::Translator translator{config, clock, random, chassis};
    control::ControlService control{chassis};
    translator.start();
    chassis.run(
        {&control}, [&] { translator.drain(); }, [&] { translator.hurry(); });
}

}  // namespace

int main(int argc, char** argv) {
    return service::run_service("translator", argc, argv, translator::load_config, run,
                                translator::describe);
}
