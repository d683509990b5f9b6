#pragma once

#include <chrono>

#include "admin/miner_book.h"
#include "admin/pool_history.h"

namespace admin {

/// The last day of a worker or an account at most, in steps of ten minutes; the step that `now` is
/// in is not among it. The reasons of rejected shares of more than an hour ago are known to ten
/// minutes, which is what is asked for.
History worker_history(const Miner& miner, base::UnixMicros now, std::chrono::seconds window);

}  // namespace admin
