// A fake pool as a process of its own, to be killed: fake_pool PORT SEED.
#include <cstdio>
#include <string>

#include "noise_pool.h"

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: fake_pool PORT SEED\n", stderr);
        return 1;
    }
    boost::asio::io_context loop;
    const base::SystemClock clock;
    base::SystemRandom random;
    const auto identity = translator::identity_of(std::stoull(argv[2]));
    const translator::NoisePool pool{loop, clock, random, identity,
                                     static_cast<std::uint16_t>(std::stoul(argv[1]))};
    std::puts("ready");
    std::fflush(stdout);
    loop.run();
}
