#include <limits>

#include "simulation/redis/command.h"
#include "simulation/redis/scan.h"

namespace simulation::commands {
namespace {

void increment(CommandCall& call, std::int64_t by) {
    auto found = find_typed<std::string>(call, call.args[1]);
    if (found.is_wrong) return;
    if (found.value == nullptr)
        found.value = &std::get<std::string>(call.keys.put(call.args[1], std::string{"0"}).value);
    auto& text = *found.value;
    const auto before = base::parse_integer<std::int64_t>(text);
    if (!before) return call.reply.error(not_an_integer);
    std::int64_t sum = 0;
    if (__builtin_add_overflow(*before, by, &sum))
        return call.reply.error("ERR increment or decrement would overflow");
    text = std::to_string(sum);
    ++call.changes;
    call.reply.integer(sum);
}

void expire_after(CommandCall& call, std::int64_t unit_ms) {
    if (call.args.size() != 3) throw_not_simulated(call);
    const auto wait = integer_argument(call, call.args[2]);
    if (!wait) return;
    std::int64_t wait_ms = 0;
    std::int64_t at_ms = 0;
    if (__builtin_mul_overflow(*wait, unit_ms, &wait_ms) ||
        __builtin_add_overflow(wait_ms, call.now_ms(), &at_ms))
        return call.reply.error(std::string{"ERR invalid expire time in '"} +
                                (unit_ms == 1 ? "pexpire" : "expire") + "' command");
    auto* const entry = call.keys.find(call.args[1], call.now_ms());
    if (entry == nullptr) return call.reply.integer(0);
    ++call.changes;
    if (at_ms <= call.now_ms())
        call.keys.erase(call.args[1], call.now_ms());
    else
        entry->expires_at_ms = at_ms;
    call.reply.integer(1);
}

void time_left(CommandCall& call, bool in_seconds) {
    const auto* const entry = call.keys.find(call.args[1], call.now_ms());
    if (entry == nullptr) return call.reply.integer(-2);
    if (!entry->expires_at_ms) return call.reply.integer(-1);
    const auto left = *entry->expires_at_ms - call.now_ms();
    call.reply.integer(in_seconds ? (left + 500) / 1000 : left);
}

}  // namespace

void get(CommandCall& call) {
    const auto found = find_typed<std::string>(call, call.args[1]);
    if (found.is_wrong) return;
    found.value == nullptr ? call.reply.nil() : call.reply.bulk(*found.value);
}

void set(CommandCall& call) {
    std::optional<std::int64_t> expires_at_ms;
    bool only_new = false;
    for (std::size_t i = 3; i < call.args.size(); ++i) {
        const bool is_px = is_word(call.args[i], "PX");
        if (is_word(call.args[i], "NX")) {
            only_new = true;
        } else if ((is_px || is_word(call.args[i], "EX")) && i + 1 < call.args.size()) {
            const auto wait = integer_argument(call, call.args[++i]);
            if (!wait) return;
            if (*wait <= 0) return call.reply.error("ERR invalid expire time in 'set' command");
            expires_at_ms = call.now_ms() + *wait * (is_px ? 1 : 1000);
        } else {
            throw_not_simulated(call);
        }
    }
    if (only_new && call.keys.find(call.args[1], call.now_ms()) != nullptr) return call.reply.nil();
    call.keys.put(call.args[1], std::string{call.args[2]}).expires_at_ms = expires_at_ms;
    ++call.changes;
    call.reply.status("OK");
}

void mget(CommandCall& call) {
    call.reply.begin_array(call.args.size() - 1);
    for (const auto key : call.args.subspan(1)) {
        auto* const entry = call.keys.find(key, call.now_ms());
        const auto* const text =
            entry == nullptr ? nullptr : std::get_if<std::string>(&entry->value);
        text == nullptr ? call.reply.nil() : call.reply.bulk(*text);
    }
}

void incr(CommandCall& call) {
    increment(call, 1);
}

void incrby(CommandCall& call) {
    const auto by = integer_argument(call, call.args[2]);
    if (by) increment(call, *by);
}

void del(CommandCall& call) {
    std::int64_t gone = 0;
    for (const auto key : call.args.subspan(1)) gone += call.keys.erase(key, call.now_ms()) ? 1 : 0;
    call.changes += static_cast<std::uint64_t>(gone);
    call.reply.integer(gone);
}

void exists(CommandCall& call) {
    std::int64_t there = 0;
    for (const auto key : call.args.subspan(1))
        there += call.keys.find(key, call.now_ms()) == nullptr ? 0 : 1;
    call.reply.integer(there);
}

void type(CommandCall& call) {
    static constexpr std::string_view names[] = {"string", "hash", "set", "zset", "stream"};
    const auto* const entry = call.keys.find(call.args[1], call.now_ms());
    call.reply.status(entry == nullptr ? "none" : names[entry->value.index()]);
}

void expire(CommandCall& call) {
    expire_after(call, 1000);
}
void pexpire(CommandCall& call) {
    expire_after(call, 1);
}
void ttl(CommandCall& call) {
    time_left(call, true);
}
void pttl(CommandCall& call) {
    time_left(call, false);
}

void scan(CommandCall& call) {
    const auto options = scan_options(call, 1);
    if (!options) return;
    std::vector<std::pair<std::uint64_t, std::string_view>> placed;
    call.keys.drop_expired(call.now_ms());
    for (const auto& [key, entry] : call.keys.entries())
        placed.emplace_back(place_of(key, call.order_seed), key);
    auto step = scan_step(std::move(placed), options->cursor, options->count);
    std::erase_if(step.found, [&](const auto& one) { return !options->wants(one.second); });
    call.reply.begin_array(2);
    call.reply.bulk(std::to_string(step.next_cursor));
    call.reply.begin_array(step.found.size());
    for (const auto& [place, key] : step.found) call.reply.bulk(key);
}

void keys(CommandCall& call) {
    std::vector<std::string_view> found;
    for (const auto& [key, entry] : call.keys.entries())
        if (!Keyspace::is_expired(entry, call.now_ms()) && matches_glob(call.args[1], key))
            found.push_back(key);
    std::ranges::sort(found);
    call.reply.begin_array(found.size());
    for (const auto key : found) call.reply.bulk(key);
}

void dbsize(CommandCall& call) {
    call.reply.integer(static_cast<std::int64_t>(call.keys.entries().size()));
}

void flushall(CommandCall& call) {
    call.keys.clear();
    ++call.changes;
    call.reply.status("OK");
}

void time(CommandCall& call) {
    call.reply.begin_array(2);
    call.reply.bulk(std::to_string(call.now_us / 1'000'000));
    call.reply.bulk(std::to_string(call.now_us % 1'000'000));
}

void ping(CommandCall& call) {
    if (call.args.size() > 1) return call.reply.bulk(call.args[1]);
    call.reply.status("PONG");
}

}  // namespace simulation::commands
