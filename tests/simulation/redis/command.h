#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "simulation/redis/keyspace.h"
#include "simulation/redis/reply_writer.h"

namespace simulation {

/// One call of a command.
struct CommandCall {
    Keyspace& keys;
    /// The command's name first.
    std::span<const std::string_view> args;
    ReplyWriter& reply;
    /// Of this Redis' calendar, since 1970.
    std::int64_t now_us = 0;
    /// Of the orders that Redis does not promise.
    std::uint64_t order_seed = 0;
    /// What it changed, counted as Redis counts: nothing changed is nothing replicated.
    std::uint64_t& changes;

    std::int64_t now_ms() const { return now_us / 1000; }
};

/// A command of Redis 7.0, as far as the pool uses it: what it would do with an option that the
/// pool never gives is not said here, and std::logic_error is thrown.
struct Command {
    void (*run)(CommandCall& call) = nullptr;
    /// The number of words; negative: at least so many.
    int arity = 0;
    bool is_write = false;
    /// Refused when maxmemory is reached.
    bool denies_oom = false;
};

/// Null for a command that the pool does not use. `name` in any case.
const Command* find_command(std::string_view name);
bool has_right_arity(const Command& command, std::size_t words);

[[noreturn]] void throw_not_simulated(const CommandCall& call);

inline constexpr std::string_view wrong_type =
    "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr std::string_view not_an_integer = "ERR value is not an integer or out of range";

/// The value of a key: null where there is none. Where it is of another type `is_wrong` is set and
/// the error has been given.
template <class T>
struct Typed {
    T* value = nullptr;
    bool is_wrong = false;
};

template <class T>
Typed<T> find_typed(CommandCall& call, std::string_view key) {
    auto* const entry = call.keys.find(key, call.now_ms());
    if (entry == nullptr) return {};
    auto* const value = std::get_if<T>(&entry->value);
    if (value == nullptr) call.reply.error(wrong_type);
    return {value, value == nullptr};
}

/// The same, and an empty one where there was none.
template <class T>
Typed<T> make_typed(CommandCall& call, std::string_view key) {
    auto found = find_typed<T>(call, key);
    if (found.value == nullptr && !found.is_wrong)
        found.value = &std::get<T>(call.keys.put(key, T{}).value);
    return found;
}

/// Gives an error where it is none.
std::optional<std::int64_t> integer_argument(CommandCall& call, std::string_view text,
                                             std::string_view error = not_an_integer);
bool is_word(std::string_view text, std::string_view upper_case);
/// As KEYS and MATCH have them: *, ?, [a-z], [^a], and \ before what is meant as it stands.
bool matches_glob(std::string_view pattern, std::string_view text);

namespace commands {
// commands_keys.cpp
void get(CommandCall&), set(CommandCall&), mget(CommandCall&), incrby(CommandCall&),
    incr(CommandCall&), del(CommandCall&), exists(CommandCall&), type(CommandCall&),
    expire(CommandCall&), pexpire(CommandCall&), ttl(CommandCall&), pttl(CommandCall&),
    scan(CommandCall&), keys(CommandCall&), dbsize(CommandCall&), flushall(CommandCall&),
    time(CommandCall&), ping(CommandCall&);
// commands_hashes.cpp
void hget(CommandCall&), hset(CommandCall&), hsetnx(CommandCall&), hmget(CommandCall&),
    hgetall(CommandCall&), hvals(CommandCall&), hkeys(CommandCall&), hlen(CommandCall&),
    hexists(CommandCall&), hdel(CommandCall&), hincrby(CommandCall&), hscan(CommandCall&);
// commands_sets.cpp
void sadd(CommandCall&), srem(CommandCall&), scard(CommandCall&), sismember(CommandCall&),
    smembers(CommandCall&), zadd(CommandCall&), zrem(CommandCall&), zcard(CommandCall&),
    zrange(CommandCall&), zrevrange(CommandCall&), zremrangebyscore(CommandCall&);
// commands_streams.cpp
void xadd(CommandCall&), xlen(CommandCall&), xrange(CommandCall&), xrevrange(CommandCall&),
    xtrim(CommandCall&);
}  // namespace commands

}  // namespace simulation
