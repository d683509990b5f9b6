#include "simulation/redis/command.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include "base/integer.h"

namespace simulation {
namespace {

char upper(char letter) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
}

constexpr bool reads = false, writes = true, shrinks = false, grows = true;

const std::unordered_map<std::string_view, Command>& table() {
    using namespace commands;
    static const std::unordered_map<std::string_view, Command> all{
        {"GET", {get, 2, reads, shrinks}},
        {"SET", {set, -3, writes, grows}},
        {"MGET", {mget, -2, reads, shrinks}},
        {"INCR", {incr, 2, writes, grows}},
        {"INCRBY", {incrby, 3, writes, grows}},
        {"DEL", {del, -2, writes, shrinks}},
        {"UNLINK", {del, -2, writes, shrinks}},
        {"EXISTS", {exists, -2, reads, shrinks}},
        {"TYPE", {type, 2, reads, shrinks}},
        {"EXPIRE", {expire, -3, writes, shrinks}},
        {"PEXPIRE", {pexpire, -3, writes, shrinks}},
        {"TTL", {ttl, 2, reads, shrinks}},
        {"PTTL", {pttl, 2, reads, shrinks}},
        {"SCAN", {scan, -2, reads, shrinks}},
        {"KEYS", {keys, 2, reads, shrinks}},
        {"DBSIZE", {dbsize, 1, reads, shrinks}},
        {"FLUSHALL", {flushall, -1, writes, shrinks}},
        {"TIME", {time, 1, reads, shrinks}},
        {"PING", {ping, -1, reads, shrinks}},
        {"HGET", {hget, 3, reads, shrinks}},
        {"HSET", {hset, -4, writes, grows}},
        {"HSETNX", {hsetnx, 4, writes, grows}},
        {"HMGET", {hmget, -3, reads, shrinks}},
        {"HGETALL", {hgetall, 2, reads, shrinks}},
        {"HVALS", {hvals, 2, reads, shrinks}},
        {"HKEYS", {hkeys, 2, reads, shrinks}},
        {"HLEN", {hlen, 2, reads, shrinks}},
        {"HEXISTS", {hexists, 3, reads, shrinks}},
        {"HDEL", {hdel, -3, writes, shrinks}},
        {"HINCRBY", {hincrby, 4, writes, grows}},
        {"HSCAN", {hscan, -3, reads, shrinks}},
        {"SADD", {sadd, -3, writes, grows}},
        {"SREM", {srem, -3, writes, shrinks}},
        {"SCARD", {scard, 2, reads, shrinks}},
        {"SISMEMBER", {sismember, 3, reads, shrinks}},
        {"SMEMBERS", {smembers, 2, reads, shrinks}},
        {"ZADD", {zadd, -4, writes, grows}},
        {"ZREM", {zrem, -3, writes, shrinks}},
        {"ZCARD", {zcard, 2, reads, shrinks}},
        {"ZRANGE", {zrange, -4, reads, shrinks}},
        {"ZREVRANGE", {zrevrange, -4, reads, shrinks}},
        {"ZREMRANGEBYSCORE", {zremrangebyscore, 4, writes, shrinks}},
        {"XADD", {xadd, -5, writes, grows}},
        {"XLEN", {xlen, 2, reads, shrinks}},
        {"XRANGE", {xrange, -4, reads, shrinks}},
        {"XREVRANGE", {xrevrange, -4, reads, shrinks}},
        {"XTRIM", {xtrim, -4, writes, shrinks}},
    };
    return all;
}

/// Does `letter` belong to the class that begins behind '['? `at` moves behind its ']'.
bool matches_class(std::string_view pattern, std::size_t& at, char letter) {
    const bool is_negated = at < pattern.size() && pattern[at] == '^';
    if (is_negated) ++at;
    bool is_in = false;
    while (at < pattern.size() && pattern[at] != ']') {
        if (pattern[at] == '\\' && at + 1 < pattern.size()) {
            ++at;
            is_in = is_in || pattern[at] == letter;
        } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
            const auto [low, high] = std::minmax(pattern[at], pattern[at + 2]);
            is_in = is_in || (letter >= low && letter <= high);
            at += 2;
        } else {
            is_in = is_in || pattern[at] == letter;
        }
        ++at;
    }
    if (at < pattern.size()) ++at;
    return is_in != is_negated;
}

}  // namespace

const Command* find_command(std::string_view name) {
    const auto& all = table();
    if (const auto found = all.find(name); found != all.end()) return &found->second;
    std::string in_upper_case{name};
    std::ranges::transform(in_upper_case, in_upper_case.begin(), upper);
    const auto found = all.find(in_upper_case);
    return found == all.end() ? nullptr : &found->second;
}

bool has_right_arity(const Command& command, std::size_t words) {
    const auto count = static_cast<int>(words);
    return command.arity >= 0 ? count == command.arity : count >= -command.arity;
}

void throw_not_simulated(const CommandCall& call) {
    std::string what = "not simulated:";
    for (const auto arg : call.args.first(std::min<std::size_t>(call.args.size(), 8)))
        what.append(" ").append(arg.substr(0, 60));
    throw std::logic_error(what);
}

std::optional<std::int64_t> integer_argument(CommandCall& call, std::string_view text,
                                             std::string_view error) {
    const auto value = base::parse_integer<std::int64_t>(text);
    if (!value) call.reply.error(error);
    return value;
}

bool is_word(std::string_view text, std::string_view upper_case) {
    return std::ranges::equal(text, upper_case, {}, upper);
}

bool matches_glob(std::string_view pattern, std::string_view text) {
    std::size_t at = 0;
    while (at < pattern.size()) {
        if (pattern[at] == '*') {
            const auto rest = pattern.substr(at + 1);
            if (rest.empty()) return true;
            for (std::size_t skipped = 0; skipped <= text.size(); ++skipped)
                if (matches_glob(rest, text.substr(skipped))) return true;
            return false;
        }
        if (text.empty()) return false;
        if (pattern[at] == '[') {
            ++at;
            if (!matches_class(pattern, at, text[0])) return false;
        } else {
            const bool is_literal = pattern[at] == '\\' && at + 1 < pattern.size();
            if (is_literal) ++at;
            if ((is_literal || pattern[at] != '?') && pattern[at] != text[0]) return false;
            ++at;
        }
        text.remove_prefix(1);
    }
    return text.empty();
}

}  // namespace simulation
