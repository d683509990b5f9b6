#include <stdexcept>

#include "base/clock.h"
#include "base/random.h"
#include "control/control_service.h"
#include "edge/certificate_problem.h"
#include "edge/certificate_watch.h"
#include "edge/identity.h"
#include "gateway/config.h"
#include "gateway/gateway.h"
#include "gateway/gateway_control.h"
#include "gateway/metrics.h"
#include "service/chassis.h"
#include "service/process.h"

namespace {

void run(const gateway::Config& config) {
    const base::SystemClock clock;
    base::SystemRandom random;
    auto identity = edge::load_identity(config.certificate, clock);
    service::Chassis chassis{"gateway", config.chassis, clock};
    edge::CertificateWatch certificate{config.certificate,
                                       clock,
                                       std::move(identity),
                                       chassis.loop().context(),
                                       gateway::certificate_metrics(chassis.metrics()),
                                       chassis.health()};
    gateway::Gateway gateway{config, clock, random, certificate.identity(), chassis};
    control::ControlService control{chassis};
    gateway::GatewayControl gateway_control{config, clock, gateway, certificate,
                                            chassis.loop().context()};
    edge::watch_certificate(chassis.problems(), certificate, clock);
    certificate.start();
    gateway.start();
    chassis.run(
        {&control, &gateway_control}, [&] { gateway.drain(); }, [&] { gateway.hurry(); });
    if (!gateway.failure().empty()) throw std::runtime_error(gateway.failure());
}

}  // namespace

int main(int argc, char** argv) {
    return service::run_service("gateway", argc, argv, gateway::load_config, run);
}
