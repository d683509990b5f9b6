#pragma once

#include "aditctl/failure.h"
#include "base/clock.h"
#include "base/random.h"

namespace aditctl {

/// Reads the words, does what they say, and reports failures in one line on stderr.
ExitCode run_command_line(int argc, char** argv, const base::Clock& clock, base::Random& random);

}  // namespace aditctl
