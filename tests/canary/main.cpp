// A channel-manager that breaks a promise, to show that the auditor finds the breach. It is built
// with the tests alone; the real one refuses a configuration with [testing].
//
//   [testing]
//   ignores_replays = true
//   ignores_duplicates = true

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "canary/broken_script.h"
#include "channel-manager/config.h"
#include "channel-manager/process.h"
#include "service/chassis.h"
#include "service/process.h"

namespace {

channel_manager::Config load(const std::filesystem::path& file) {
    service::ConfigReader reader{file};
    auto testing = reader.root().table("testing");
    canary::Breach breach;
    breach.ignores_replays = testing.bool_or("ignores_replays", false);
    breach.ignores_duplicates = testing.bool_or("ignores_duplicates", false);
    auto config = channel_manager::read_config(reader);
    config.commit_script = canary::broken_script(config.commit_script, breach);
    return config;
}

void run(const channel_manager::Config& config) {
    base::log_error("this is a canary: its ledger is broken on purpose");
    base::SystemClock clock;
    base::SystemRandom random;
    service::Chassis chassis{"channel-manager", config.chassis, clock};
    channel_manager::Process process{config, clock, random, chassis};
    process.start();
    chassis.run({}, [&] { process.drain(); });
}

}  // namespace

int main(int argc, char** argv) {
    return service::run_service("channel-manager-canary", argc, argv, load, run);
}
