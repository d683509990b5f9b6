#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "redis/address.h"

namespace redis {

/// Where Redis is: at one address, wherever Sentinels say, or a cluster. Then how to speak to it.
struct ClientConfig {
    /// Used when there are neither Sentinels nor a cluster.
    Address address{};
    /// Asked in turn for the primary called `master`, at each connection anew.
    std::vector<Address> sentinels{};
    std::string master{};
    /// Nodes of a Redis Cluster, asked in turn which others there are and who has which slot.
    std::vector<Address> cluster{};
    /// AUTH, when the password is not empty; without a user name that of `default`.
    std::string username{};
    std::string password{};
    /// Where given: what the password is now, for each connection anew. It may block, and runs on a
    /// thread of its own; while it throws, the last one goes on.
    std::function<std::string()> read_password{};
    std::uint32_t db = 0;
    /// From handing a command over to its answer. A Redis that is alive answers in milliseconds;
    /// after this long its connection is worth nothing.
    std::chrono::milliseconds command_timeout{2'000};
    /// For dialling and the greeting together, at most the time of a command: what takes the
    /// connection and says nothing may be stopped, and deposed, and another one waits for us.
    std::chrono::milliseconds attempt_timeout{1'000};
    /// Commands given and not answered. A batch is one command: this is a fuse, not flow control.
    std::size_t pending_max = 4'096;
    std::chrono::milliseconds backoff_min{50};
    /// Shares wait for the ledger meanwhile: who comes back is found within half a second.
    std::chrono::milliseconds backoff_max{500};
    /// Which of a name's several addresses is dialled first; the others follow when it fails.
    std::size_t first_of_name = 0;
    /// For a question in passing: one attempt, whose failure fails what waits for it, and nothing
    /// of it in the log.
    bool is_one_off = false;
};

}  // namespace redis
