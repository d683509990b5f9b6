#pragma once

#include <string>
#include <string_view>

namespace redis {

/// Why a command has no reply that counts. Each is treated differently by somebody.
enum class RedisError {
    /// The connection was lost, or no answer came in time: the command may have been carried out.
    disconnected,
    /// Too many commands are waiting; this one was never sent.
    overloaded,
    /// This Redis does not know the script (yet).
    no_script,
    /// A replica was asked to write. The client looks for the primary again by itself.
    read_only,
    /// A primary without the replicas that `min-replicas-to-write` asks for refuses to write: they
    /// may follow another one by now. The client looks for the primary again by itself.
    no_replicas,
    /// `maxmemory` is reached; nothing was written.
    out_of_memory,
    /// Any other error reply.
    error_reply,
};

struct Error {
    RedisError kind = RedisError::disconnected;
    /// In Redis' own words where it had any; for the log.
    std::string text{};
};

/// Sorts the text of an error reply by its first word. A script that passes on the error of a
/// command inside it (`redis.call`) keeps that word first in Redis 7.
RedisError classify_error_reply(std::string_view text);

}  // namespace redis
