#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "noise/url.h"

namespace translator {

/// One [[pools]] of the configuration.
struct PoolSettings {
    /// `url`, required: "stratum2+tcp://HOST:PORT/AUTHORITY_KEY". The key is checked at every
    /// handshake, and whoever answers at another address by Reconnect must have it too.
    noise::PoolUrl url{};
    /// `user_identity`, "{user}" per-miner: what the pool is told with each channel; see
    /// IdentityPattern. Aggregated it is required and has no placeholders.
    std::string user_identity{"{user}"};
    /// `connections`, 2 (1 to 64): shared by all channels, so that the end of one is felt by half
    /// of the miners. More are made where there are more than 5,000 channels for each.
    std::size_t connections = 2;
};

/// Durations have units in the file, as everywhere.
struct PoolsSettings {
    /// [[pools]], at least one: the first that works is used, the others are for when it does not.
    std::vector<PoolSettings> pools{};
    /// `upstream.connect_timeout`, "10s": for each of looking up, connecting and the Noise
    /// handshake.
    std::chrono::milliseconds connect_timeout{10'000};
    /// `upstream.failover_after`, "5s": how long the pool in use may be without any connection
    /// before the next one is dialled. A dial that fails does not wait for it.
    std::chrono::milliseconds failover_after{5'000};
    /// `upstream.return_after`, "60s": how long a pool before the one in use must have worked at
    /// every look before the channels go back to it.
    std::chrono::milliseconds return_after{60'000};
    /// `upstream.worker_identity`, true: asks for extension 0x0002, by which a pool learns which
    /// worker found a share.
    bool asks_for_workers = true;
    /// `upstream.opens_in_flight`, 200 (1 to 1,000): channels that one connection may be asked for
    /// before it has answered. Gateways of this pool stop reading above 1,000.
    std::size_t opens_in_flight = 200;
};

}  // namespace translator
