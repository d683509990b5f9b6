// Starts as a gateway does, epoch_taker REDIS CHANNELS: takes an epoch, waits until it may be used,
// and prints the extranonce prefix of each channel that it opens, one a line.

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "gateway/channel_keys.h"
#include "ledger/epoch.h"
#include "ledger/keys.h"
#include "ledger/members.h"
#include "redis/hiredis_client.h"

int main(int argc, char** argv) {
    const auto address = redis::parse_address(argc == 3 ? argv[1] : "");
    if (!address) return EXIT_FAILURE;
    base::configure_log("epoch-taker", base::LogLevel::error, base::LogFormat::key_value);
    boost::asio::io_context io;
    base::SystemClock clock;
    base::SystemRandom random;
    redis::ClientConfig config;
    config.address = *address;
    config.command_timeout = std::chrono::seconds{20};
    redis::HiredisClient client{io, config, clock, random};
    boost::asio::steady_timer timer{io};
    std::optional<mining::Epoch> epoch;
    ledger::take_epoch(client, ledger::EpochKind::gateway, {}, [&](const auto& taken) {
        if (!taken) return io.stop();
        timer.expires_after(taken->usable_after);
        timer.async_wait([&, taken = taken->epoch](const boost::system::error_code&) {
            epoch = taken;
            ledger::beat(client, {"gateway", taken.value, "test"});
            io.stop();
        });
    });
    io.run();
    if (!epoch) return EXIT_FAILURE;
    gateway::ChannelKeys keys{*epoch};
    for (int left = std::atoi(argv[2]); left > 0; --left)
        fmt::print("{}\n", ledger::keys::channel_name(*keys.next()));
    return EXIT_SUCCESS;
}
