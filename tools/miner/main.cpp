#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "miner/miner.h"

int main(int argc, char** argv) try {
    int exit_code = EXIT_SUCCESS;
    const auto options = miner::read_options(argc, argv, exit_code);
    if (!options) return exit_code;
    const base::SystemClock clock;
    base::SystemRandom random;
    miner::Miner miner{*options, clock, random};
    return miner.run();
} catch (const std::exception& error) {
    fmt::print(stderr, "adit-miner: {}\n", error.what());
    return EXIT_FAILURE;
}
