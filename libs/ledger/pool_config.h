#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "ledger/duplicate_key.h"
#include "ledger/durability.h"
#include "redis/client.h"

namespace ledger {

/// Sixteen streams keep one Redis busy and eight vardiff replicas apart; more cost a batch each.
inline constexpr std::uint32_t partitions_default = 16;
inline constexpr std::uint32_t partitions_max = 1024;

/// What all of a pool must agree on, and Redis keeps from its first day.
struct PoolConfig {
    std::uint32_t partitions = partitions_default;
    DuplicateKey duplicate_key{};
};

enum class PoolConfigError {
    /// Redis is away or too few replicas have it: try again.
    unavailable,
    /// The pool was made with another number of partitions: do not start.
    mismatch,
    /// What Redis holds is not a configuration: do not start.
    damaged,
};

struct PoolConfigFailure {
    PoolConfigError kind = PoolConfigError::unavailable;
    /// For the operator.
    std::string text{};
};

/// Reads the pool's configuration, and makes it, with a fresh duplicate key, when this is the
/// first process of a new pool. Errors: all of PoolConfigError.
void load_pool_config(redis::Client& client, base::Random& random, std::uint32_t partitions,
                      const Durability& durability,
                      std::function<void(base::Result<PoolConfig, PoolConfigFailure>)> done);

}  // namespace ledger
