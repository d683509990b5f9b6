#pragma once

#include <utility>

#include "base/result.h"
#include "ledger/durability.h"
#include "redis/script_call.h"

namespace ledger {

/// Runs a script, with WAIT behind it where replicas are configured. `replicas` of the result is
/// at least what is required when there is no shortfall.
inline void durable_eval(redis::Client& client, const redis::Script& script, redis::Args keys,
                         redis::Args args, const Durability& durability,
                         redis::ReplicatedCallback done) {
    redis::ScriptCall call{std::move(keys), std::move(args)};
    if (durability.replicas > 0) {
        redis::eval_then_wait(client, script, std::move(call), durability.replicas,
                              durability.wait_timeout, std::move(done));
        return;
    }
    redis::eval(client, script, std::move(call),
                [done = std::move(done)](base::Result<redis::Reply, redis::Error> result) {
                    if (!result) return done(base::unexpected(result.error()));
                    done(redis::Replicated{std::move(*result), 0});
                });
}

}  // namespace ledger
