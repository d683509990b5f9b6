#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "redis/client.h"
#include "redis/client_config.h"

namespace redis {

/// What a client has met since it was made. Of a cluster's several connections the sums.
struct ClientStats {
    std::uint64_t attempts = 0;
    std::uint64_t connections = 0;
    std::uint64_t losses = 0;
    std::uint64_t timeouts = 0;
    std::size_t pending = 0;
    std::chrono::microseconds oldest_age{};
    /// The rest before the next attempt, as the last failure chose it.
    std::chrono::milliseconds backoff{};
};

/// Told of each command that is answered: how long that took from its being given, and of a WAIT
/// how long beyond the answer to the command before it.
struct ClientTimings {
    std::function<void(std::chrono::nanoseconds)> command{};
    std::function<void(std::chrono::nanoseconds)> wait{};
};

/// The Redis client of a process, which also says how it fares.
class ProcessClient : public Client {
  public:
    virtual ClientStats stats() const = 0;
    virtual std::size_t pending_max() const = 0;
    virtual void on_timings(ClientTimings timings) = 0;
    /// Told of each change of `is_connected`.
    virtual void on_change(std::function<void(bool is_connected)> observer) = 0;
};

/// The client for what is configured: of one Redis, of Sentinels, or of a cluster.
std::unique_ptr<ProcessClient> make_client(boost::asio::io_context& io, ClientConfig config,
                                           const base::Clock& clock, base::Random& random);

}  // namespace redis
