#include "redis/route.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/integer.h"
#include "redis/slot.h"

namespace redis {
namespace {

constexpr std::array one_key{
    "GET",    "SET",       "APPEND",  "INCR",      "INCRBY",   "STRLEN",  "TYPE",    "TTL",
    "PTTL",   "EXPIRE",    "PEXPIRE", "PERSIST",   "HGET",     "HSET",    "HSETNX",  "HDEL",
    "HMGET",  "HGETALL",   "HKEYS",   "HLEN",      "HSCAN",    "HEXISTS", "HINCRBY", "SADD",
    "SREM",   "SCARD",     "SSCAN",   "SISMEMBER", "SMEMBERS", "ZADD",    "ZREM",    "ZCARD",
    "ZRANGE", "ZREVRANGE", "ZSCORE",  "ZSCAN",     "XADD",     "XLEN",    "XRANGE",  "XREVRANGE",
    "XTRIM",  "XDEL",      "XACK",    "DUMP",      "RESTORE"};
/// Every word behind the command is a key.
constexpr std::array all_keys{"DEL", "UNLINK", "EXISTS", "MGET", "TOUCH"};
/// The key stands behind the subcommand.
constexpr std::array second_word{"OBJECT", "XINFO", "XGROUP", "MEMORY"};
constexpr std::array keyless{"PING", "TIME"};

template <std::size_t N>
bool has(const std::array<const char*, N>& names, const std::string& name) {
    return std::ranges::any_of(names, [&name](const char* one) { return name == one; });
}

Route refused(std::string why) {
    return {Route::Kind::none, 0, std::move(why)};
}

Route of_keys(const Args& command, std::size_t first, std::size_t count) {
    if (count == 0 || command.size() < first + count)
        return refused(command[0] + " without its keys cannot be sent to a cluster");
    const auto slot = slot_of(command[first]);
    for (std::size_t i = first + 1; i < first + count; ++i)
        if (slot_of(command[i]) != slot)
            return refused("the keys " + command[first] + " and " + command[i] +
                           " lie in different slots of the cluster");
    return {Route::Kind::slot, slot, {}};
}

/// XREAD and XREADGROUP: keys and then as many ids behind STREAMS.
Route of_streams(const Args& command) {
    for (std::size_t i = 1; i < command.size(); ++i)
        if (command[i] == "STREAMS") return of_keys(command, i + 1, (command.size() - i - 1) / 2);
    return of_keys(command, command.size(), 0);
}

}  // namespace

Route route_of(const Args& command) {
    if (command.empty()) return refused("an empty command");
    const auto& name = command[0];
    if (name == "EVALSHA" || name == "EVAL" || name == "EVALSHA_RO" || name == "EVAL_RO") {
        const auto keys =
            command.size() < 3 ? std::nullopt : base::parse_integer<std::size_t>(command[2]);
        return of_keys(command, 3, keys ? std::min(*keys, command.size()) : 0);
    }
    if (has(one_key, name)) return of_keys(command, 1, 1);
    if (has(all_keys, name)) return of_keys(command, 1, command.size() - 1);
    if (has(second_word, name)) return of_keys(command, 2, 1);
    if (name == "XREAD" || name == "XREADGROUP") return of_streams(command);
    if (name == "SCAN" && command.size() >= 2) return {Route::Kind::scan, 0, {}};
    if (has(keyless, name)) return {Route::Kind::any, 0, {}};
    return refused(name + " has no place in a cluster that this client knows");
}

std::string ScanCursor::to_string() const {
    return std::to_string(version) + "." + std::to_string(primary) + "." + cursor;
}

std::optional<ScanCursor> parse_scan_cursor(const std::string& text) {
    const auto first = text.find('.');
    const auto second = text.find('.', std::min(first, text.size() - 1) + 1);
    if (text.empty() || first == std::string::npos || second == std::string::npos)
        return std::nullopt;
    const auto version = base::parse_integer<std::uint64_t>(text.substr(0, first));
    const auto primary =
        base::parse_integer<std::size_t>(text.substr(first + 1, second - first - 1));
    const auto cursor = text.substr(second + 1);
    if (!version || !primary || !base::parse_integer<std::uint64_t>(cursor)) return std::nullopt;
    return ScanCursor{*version, *primary, cursor};
}

}  // namespace redis
