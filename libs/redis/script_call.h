#pragma once

#include "redis/client.h"

namespace redis {

/// The keys and arguments of a script, given away: there may be hundreds of them.
struct ScriptCall {
    Args keys{};
    Args args{};
};

/// As those of client.h.
void eval(Client& client, const Script& script, ScriptCall call, Callback done);
void eval_then_wait(Client& client, const Script& script, ScriptCall call, std::uint32_t replicas,
                    std::chrono::milliseconds timeout, ReplicatedCallback done);

}  // namespace redis
