#pragma once

#include "redis/reply.h"

struct redisReply;

namespace redis {

/// What hiredis read, as our own; statuses are strings. Copies.
Reply to_reply(const redisReply& from);

}  // namespace redis
