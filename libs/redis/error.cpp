#include "redis/error.h"

namespace redis {

RedisError classify_error_reply(std::string_view text) {
    if (text.starts_with("NOSCRIPT")) return RedisError::no_script;
    if (text.starts_with("READONLY")) return RedisError::read_only;
    if (text.starts_with("NOREPLICAS")) return RedisError::no_replicas;
    // "OOM command not allowed ..."; Redis 6 and older wrap the error of a command in a script.
    if (text.starts_with("OOM") || text.find("OOM command not allowed") != std::string_view::npos)
        return RedisError::out_of_memory;
    if (text.find("READONLY You can't write") != std::string_view::npos)
        return RedisError::read_only;
    return RedisError::error_reply;
}

}  // namespace redis
