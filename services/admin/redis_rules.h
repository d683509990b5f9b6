#pragma once

#include <vector>

#include "admin/finding.h"
#include "admin/redis_watch.h"

namespace admin {

/// What is wrong with Redis and its Sentinels. Pure.
void judge_redis(const std::vector<const RedisState*>& states, std::uint32_t replicas_wanted,
                 Moment now, Findings& findings);

}  // namespace admin
