#include "simulation/redis/command.h"
#include "simulation/redis/scan.h"

namespace simulation::commands {
namespace {

/// A hash whose last field has gone is gone.
void drop_if_empty(CommandCall& call, const HashData& hash) {
    if (hash.size() == 0) call.keys.erase(call.args[1], call.now_ms());
}

void give(CommandCall& call, const std::string* text) {
    text == nullptr ? call.reply.nil() : call.reply.bulk(*text);
}

void give_all(CommandCall& call, bool with_names, bool with_values) {
    const auto found = find_typed<HashData>(call, call.args[1]);
    if (found.is_wrong) return;
    if (found.value == nullptr) return call.reply.begin_array(0);
    const auto all = found.value->ordered(call.order_seed);
    call.reply.begin_array(all.size() * (with_names && with_values ? 2 : 1));
    for (const auto* field : all) {
        if (with_names) call.reply.bulk(field->first);
        if (with_values) call.reply.bulk(field->second.text);
    }
}

}  // namespace

void hget(CommandCall& call) {
    const auto found = find_typed<HashData>(call, call.args[1]);
    if (found.is_wrong) return;
    give(call, found.value == nullptr ? nullptr : found.value->find(call.args[2]));
}

void hset(CommandCall& call) {
    if (call.args.size() % 2 == 1)
        return call.reply.error("ERR wrong number of arguments for 'hset' command");
    const auto found = make_typed<HashData>(call, call.args[1]);
    if (found.is_wrong) return;
    std::int64_t added = 0;
    for (std::size_t i = 2; i < call.args.size(); i += 2)
        added += found.value->set(call.args[i], call.args[i + 1]) ? 1 : 0;
    call.changes += (call.args.size() - 2) / 2;
    call.reply.integer(added);
}

void hsetnx(CommandCall& call) {
    const auto found = make_typed<HashData>(call, call.args[1]);
    if (found.is_wrong) return;
    if (found.value->find(call.args[2]) != nullptr) return call.reply.integer(0);
    found.value->set(call.args[2], call.args[3]);
    ++call.changes;
    call.reply.integer(1);
}

void hmget(CommandCall& call) {
    const auto found = find_typed<HashData>(call, call.args[1]);
    if (found.is_wrong) return;
    call.reply.begin_array(call.args.size() - 2);
    for (const auto field : call.args.subspan(2))
        give(call, found.value == nullptr ? nullptr : found.value->find(field));
}

void hgetall(CommandCall& call) {
    give_all(call, true, true);
}
void hvals(CommandCall& call) {
    give_all(call, false, true);
}
void hkeys(CommandCall& call) {
    give_all(call, true, false);
}

void hlen(CommandCall& call) {
    const auto found = find_typed<HashData>(call, call.args[1]);
    if (found.is_wrong) return;
    call.reply.integer(found.value == nullptr ? 0 : static_cast<std::int64_t>(found.value->size()));
}

void hexists(CommandCall& call) {
    const auto found = find_typed<HashData>(call, call.args[1]);
    if (found.is_wrong) return;
    call.reply.integer(found.value != nullptr && found.value->find(call.args[2]) != nullptr ? 1
                                                                                            : 0);
}

void hdel(CommandCall& call) {
    const auto found = find_typed<HashData>(call, call.args[1]);
    if (found.is_wrong) return;
    if (found.value == nullptr) return call.reply.integer(0);
    std::int64_t gone = 0;
    for (const auto field : call.args.subspan(2)) gone += found.value->erase(field) ? 1 : 0;
    call.changes += static_cast<std::uint64_t>(gone);
    drop_if_empty(call, *found.value);
    call.reply.integer(gone);
}

void hincrby(CommandCall& call) {
    const auto by = integer_argument(call, call.args[3]);
    if (!by) return;
    const auto found = make_typed<HashData>(call, call.args[1]);
    if (found.is_wrong) return;
    const auto* const text = found.value->find(call.args[2]);
    const auto before =
        text == nullptr ? std::optional<std::int64_t>{0} : base::parse_integer<std::int64_t>(*text);
    if (!before) return call.reply.error("ERR hash value is not an integer");
    std::int64_t sum = 0;
    if (__builtin_add_overflow(*before, *by, &sum))
        return call.reply.error("ERR increment or decrement would overflow");
    found.value->set(call.args[2], std::to_string(sum));
    ++call.changes;
    call.reply.integer(sum);
}

/// Of a listpack all at once, whatever COUNT says, as Redis does.
void hscan(CommandCall& call) {
    const auto options = scan_options(call, 2);
    if (!options) return;
    const auto found = find_typed<HashData>(call, call.args[1]);
    if (found.is_wrong) return;
    ScanStep<const HashData::Fields::value_type*> step;
    if (found.value != nullptr && found.value->is_table()) {
        for (const auto& field : found.value->fields())
            step.found.emplace_back(place_of(field.first, call.order_seed), &field);
        step = scan_step(std::move(step.found), options->cursor, options->count);
    } else if (found.value != nullptr) {
        for (const auto* field : found.value->ordered(call.order_seed))
            step.found.emplace_back(0, field);
    }
    std::erase_if(step.found, [&](const auto& one) { return !options->wants(one.second->first); });
    call.reply.begin_array(2);
    call.reply.bulk(std::to_string(step.next_cursor));
    call.reply.begin_array(2 * step.found.size());
    for (const auto& [place, field] : step.found) {
        call.reply.bulk(field->first);
        call.reply.bulk(field->second.text);
    }
}

}  // namespace simulation::commands
