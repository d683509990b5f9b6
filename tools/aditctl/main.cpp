#include <fmt/format.h>

#include <cstdlib>

#include "aditctl/command_line.h"
#include "base/log.h"

int main(int argc, char** argv) {
    // gRPC tells on stderr what its status tells us, too, and we say it in one line.
    setenv("GRPC_VERBOSITY", "NONE", 0);
    base::configure_log("aditctl", base::LogLevel::error, base::LogFormat::key_value);
    const base::SystemClock clock;
    base::SystemRandom random;
    return static_cast<int>(aditctl::run_command_line(argc, argv, clock, random));
}
