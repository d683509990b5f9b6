#include "base/clock.h"
#include "service/chassis.h"
#include "service/process.h"
#include "vardiff/config.h"
#include "vardiff/proposals.h"

namespace {

void run(const vardiff::Config& config) {
    base::SystemClock clock;
    service::Chassis chassis{"vardiff", config.chassis, clock};
    vardiff::Proposals proposals{chassis.loop().context(), config.target, {}, chassis.metrics()};
    chassis.run({&proposals}, [&] {
        proposals.close();
        chassis.drained();
    });
}

}  // namespace

int main(int argc, char** argv) {
    return service::run_service("vardiff", argc, argv, vardiff::load_config, run);
}
