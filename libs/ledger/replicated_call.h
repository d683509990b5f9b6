#pragma once

#include "base/result.h"
#include "ledger/durability.h"
#include "redis/client.h"

namespace ledger {

/// Runs a script, with WAIT behind it where replicas are configured. `replicas` of the result is
/// at least what is required when there is no shortfall.
inline void durable_eval(redis::Client& client, const redis::Script& script,
                         const redis::Args& keys, const redis::Args& args,
                         const Durability& durability, redis::ReplicatedCallback done) {
    if (durability.replicas > 0) {
        redis::eval_then_wait(client, script, keys, args, durability.replicas,
                              durability.wait_timeout, std::move(done));
        return;
    }
    redis::eval(client, script, keys, args,
                [done = std::move(done)](base::Result<redis::Reply, redis::Error> result) {
                    if (!result) return done(base::unexpected(result.error()));
                    done(redis::Replicated{std::move(*result), 0});
                });
}

}  // namespace ledger
