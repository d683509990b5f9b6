#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "redis/client.h"
#include "simulation/redis/keyspace.h"
#include "simulation/redis/script_host.h"

namespace simulation {

struct Command;

/// Why a Redis refuses to write. In a script only its first write is refused: after it Redis lets
/// the script finish.
struct WriteRules {
    /// maxmemory is reached, and nothing is evicted.
    bool is_full = false;
    bool is_replica = false;
    /// Fewer good replicas than min-replicas-to-write.
    bool lacks_replicas = false;
    friend bool operator==(const WriteRules&, const WriteRules&) = default;
};

/// One Redis' data and commands, without a network: the commands that the pool's scripts and
/// services use, each answered as Redis 7.0 does, the scripts in Lua 5.1. Copies are stores of
/// their own which share the compiled scripts.
///
/// Orders that Redis does not promise (of a large hash, of SCAN) follow from `seed`; nothing else
/// is left to chance. Differs from Redis in this: a command or an option that the pool does not use
/// throws std::logic_error.
class RedisStore final : private ScriptCommands {
  public:
    /// Microseconds since 1970, by this Redis' clock. A script sees one time from its first line
    /// to its last.
    using Now = std::function<std::int64_t()>;

    explicit RedisStore(Now now, std::uint64_t seed = 0);
    RedisStore(const RedisStore&) = default;
    RedisStore& operator=(const RedisStore&) = default;
    RedisStore(RedisStore&&) = default;
    RedisStore& operator=(RedisStore&&) = default;
    ~RedisStore() override = default;

    /// An error is a Reply::ErrorText.
    redis::Reply execute(const redis::Args& args);

    /// How much was ever changed, counted as Redis counts what it replicates.
    std::uint64_t changes() const { return changes_; }
    const Keyspace& keys() const { return keys_; }

    void set_rules(WriteRules rules) { rules_ = rules; }
    const WriteRules& rules() const { return rules_; }
    /// As a restart does.
    void forget_scripts() { known_.clear(); }
    /// Does again what a store that shares its scripts with this one has done, also where this one
    /// was never told of the script.
    void replay(const redis::Args& args);

  private:
    void run(std::span<const std::string_view> words, ReplyWriter& reply);
    void call(std::span<const std::string_view> words, ReplyWriter& reply) override;
    bool is_refused(const Command& command, bool is_in_script, ReplyWriter& reply) const;
    void evaluate(std::span<const std::string_view> words, bool by_digest, ReplyWriter& reply);
    void script(std::span<const std::string_view> words, ReplyWriter& reply);

    Now now_;
    std::uint64_t seed_ = 0;
    Keyspace keys_{};
    WriteRules rules_{};
    std::uint64_t changes_ = 0;
    std::shared_ptr<ScriptHost> host_ = std::make_shared<ScriptHost>();
    std::set<std::string, std::less<>> known_{};
    /// Of the command that runs.
    std::int64_t now_us_ = 0;
    bool script_has_written_ = false;
    bool is_replaying_ = false;
};

}  // namespace simulation
