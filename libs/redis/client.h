#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "redis/error.h"
#include "redis/reply.h"
#include "redis/script.h"

namespace redis {

/// A command and its arguments, binary-safe.
using Args = std::vector<std::string>;

/// A reply, and how many replicas had acknowledged everything before it on its connection.
struct Replicated {
    Reply reply{};
    std::int64_t replicas = 0;
};

using Callback = std::function<void(base::Result<Reply, Error>)>;
using ReplicatedCallback = std::function<void(base::Result<Replicated, Error>)>;

/// Commands to one Redis, or a cluster, on one loop. A callback runs later on it, once, never
/// inside the call that takes it. Commands, in a cluster those of one slot, are sent in the order
/// given.
class Client {
  public:
    virtual ~Client() = default;

    virtual void command(Args args, Callback done) = 0;

    /// The command, and WAIT right behind it on the same connection, so that the count speaks of
    /// this command. The callback runs when both are answered; fewer replicas than asked for is
    /// not an error here, the caller checks the count.
    virtual void command_then_wait(Args args, std::uint32_t replicas,
                                   std::chrono::milliseconds timeout, ReplicatedCallback done) = 0;

    /// Drops the connection (what is pending fails with `disconnected`) and looks for the primary
    /// again: for a caller who has reason to doubt the present one. In a cluster it only looks.
    virtual void reconnect() = 0;

    virtual bool is_connected() const = 0;

  protected:
    Client() = default;
    Client(const Client&) = default;
    Client& operator=(const Client&) = default;
};

/// Runs a script by its digest, and by its text where Redis does not know it: after a restart, a
/// failover or a SCRIPT FLUSH. The client must outlive the call.
void eval(Client& client, const Script& script, const Args& keys, const Args& args, Callback done);

/// The same, with WAIT behind it.
void eval_then_wait(Client& client, const Script& script, const Args& keys, const Args& args,
                    std::uint32_t replicas, std::chrono::milliseconds timeout,
                    ReplicatedCallback done);

}  // namespace redis
