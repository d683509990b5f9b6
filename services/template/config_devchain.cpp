#include <cmath>

#include "bitcoin/difficulty.h"
#include "template/devchain_source.h"
#include "template/node_factory.h"

namespace templates {

using std::chrono::milliseconds;

ReadSource read_devchain(service::TableReader& table, bitcoin::Network network) {
    if (network != bitcoin::Network::regtest)
        table.problem("kind", "\"devchain\" needs network = \"regtest\"");
    DevchainSource::Settings settings;
    // Short enough to see blocks come while one watches.
    settings.chain.block_interval = table.duration_or(
        "block_interval", settings.chain.block_interval, milliseconds{100}, std::chrono::hours{1});
    // Of the first block: 2^24 hashes, a second or two of a CPU. The least is regtest's.
    const double difficulty = table.number_in_range("difficulty", 1.0 / 256, 4.7e-10, 1e6);
    const auto q32 = static_cast<std::uint64_t>(std::ceil(std::ldexp(difficulty, 32)));
    settings.chain.start_nbits = bitcoin::to_nbits(bitcoin::target_of(bitcoin::Difficulty{q32}));
    settings.chain.transactions =
        table.integer_in_range<std::size_t>("transactions", settings.chain.transactions, 0, 500);
    settings.refresh_interval = table.duration_or("refresh_interval", settings.refresh_interval,
                                                  milliseconds{0}, std::chrono::hours{1});
    settings.foreign_blocks = table.duration_or("foreign_blocks", settings.foreign_blocks,
                                                milliseconds{0}, std::chrono::hours{24});
    return {.address = {}, .make = [settings](const SourceParts& parts) {
                return std::make_unique<DevchainSource>(parts.loop, parts.clock, settings);
            }};
}

}  // namespace templates
