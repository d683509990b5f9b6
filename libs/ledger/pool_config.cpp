#include "ledger/pool_config.h"

#include <algorithm>

#include "base/hex.h"
#include "ledger/keys.h"
#include "ledger/replicated_call.h"
#include "ledger/scripts.h"

namespace ledger {
namespace {

base::Result<PoolConfig, PoolConfigFailure> fail(PoolConfigError kind, std::string text) {
    return base::unexpected(PoolConfigFailure{kind, std::move(text)});
}

base::Result<PoolConfig, PoolConfigFailure> read_answer(const redis::Reply& reply,
                                                        std::uint32_t partitions) {
    const auto stored = reply.string_at(0);
    const auto key = base::from_hex(reply.string_at(1));
    if (stored.empty() || !key || key->size() != sizeof(DuplicateKey::bytes))
        return fail(PoolConfigError::damaged,
                    std::string{keys::pool_config} + " in redis is damaged");
    if (stored != std::to_string(partitions))
        return fail(PoolConfigError::mismatch,
                    "this pool has " + std::string{stored} + " partitions (" + keys::pool_config +
                        " in redis), but the configuration says " + std::to_string(partitions));
    PoolConfig config;
    config.partitions = partitions;
    std::copy(key->begin(), key->end(), config.duplicate_key.bytes.begin());
    return config;
}

}  // namespace

void load_pool_config(redis::Client& client, base::Random& random, std::uint32_t partitions,
                      const Durability& durability,
                      std::function<void(base::Result<PoolConfig, PoolConfigFailure>)> done) {
    DuplicateKey fresh;
    random.fill(fresh.bytes);
    const redis::Script script{std::string{scripts::pool_config}};
    durable_eval(client, script, {keys::pool_config},
                 {std::to_string(partitions), base::to_hex(fresh.bytes)}, durability,
                 [done = std::move(done), partitions, needed = std::int64_t{durability.replicas}](
                     const base::Result<redis::Replicated, redis::Error>& result) {
                     if (!result)
                         return done(fail(PoolConfigError::unavailable, result.error().text));
                     if (result->replicas < needed)
                         return done(fail(PoolConfigError::unavailable, "too few replicas"));
                     done(read_answer(result->reply, partitions));
                 });
}

}  // namespace ledger
