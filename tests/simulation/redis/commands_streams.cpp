#include <limits>

#include "base/integer.h"
#include "simulation/redis/command.h"

namespace simulation::commands {
namespace {

constexpr std::string_view invalid_id =
    "ERR Invalid stream ID specified as stream command argument";
// t_stream.c: what an approximate trim may take at once where LIMIT says nothing.
constexpr std::size_t limit_default = 100 * 100;

struct Trim {
    enum class Kind { none, length, id };
    Kind kind = Kind::none;
    std::size_t length = 0;
    StreamId id{};
    std::size_t limit = limit_default;
};

/// MAXLEN ~ n [LIMIT n] or MINID ~ id [LIMIT n]; `at` moves behind. Nothing: an error was given.
std::optional<Trim> parse_trim(CommandCall& call, std::size_t& at) {
    Trim trim;
    const bool is_length = is_word(call.args[at], "MAXLEN");
    if (!is_length && !is_word(call.args[at], "MINID")) return trim;
    if (at + 2 >= call.args.size() || call.args[at + 1] != "~") throw_not_simulated(call);
    const auto threshold = call.args[at + 2];
    if (is_length) {
        trim.kind = Trim::Kind::length;
        const auto length = integer_argument(call, threshold);
        if (!length) return std::nullopt;
        if (*length < 0) {
            call.reply.error("ERR The MAXLEN argument must be >= 0.");
            return std::nullopt;
        }
        trim.length = static_cast<std::size_t>(*length);
    } else {
        trim.kind = Trim::Kind::id;
        const auto id = parse_stream_id(threshold, 0);
        if (!id) {
            call.reply.error(invalid_id);
            return std::nullopt;
        }
        trim.id = *id;
    }
    at += 3;
    if (at + 1 < call.args.size() && is_word(call.args[at], "LIMIT")) {
        const auto limit = integer_argument(call, call.args[at + 1]);
        if (!limit) return std::nullopt;
        if (*limit < 0) {
            call.reply.error("ERR The LIMIT argument must be >= 0.");
            return std::nullopt;
        }
        trim.limit = static_cast<std::size_t>(*limit);
        at += 2;
    }
    return trim;
}

std::size_t carry_out(const Trim& trim, StreamData& stream) {
    switch (trim.kind) {
        case Trim::Kind::none: return 0;
        case Trim::Kind::length: return stream.trim_to_length(trim.length, trim.limit);
        case Trim::Kind::id: return stream.trim_before(trim.id, trim.limit);
    }
    return 0;
}

enum class End { first, last };

/// "-", "+", an id, or "(" and an id. Nothing: an error was given.
std::optional<StreamId> parse_end(CommandCall& call, std::string_view text, End end) {
    if (text == "-") return StreamId{};
    if (text == "+") return stream_id_max;
    const bool is_excluded = text.starts_with('(');
    if (is_excluded) text.remove_prefix(1);
    auto id =
        parse_stream_id(text, end == End::first ? 0 : std::numeric_limits<std::uint64_t>::max());
    if (!id) {
        call.reply.error(invalid_id);
        return std::nullopt;
    }
    if (!is_excluded) return id;
    if (end == End::first && *id == stream_id_max) {
        call.reply.error("ERR invalid start ID for the interval");
        return std::nullopt;
    }
    if (end == End::last && *id == StreamId{}) {
        call.reply.error("ERR invalid end ID for the interval");
        return std::nullopt;
    }
    if (end == End::first) {
        if (++id->seq == 0) ++id->ms;
    } else {
        if (id->seq-- == 0) --id->ms;
    }
    return id;
}

void give_range(CommandCall& call, bool is_backwards) {
    const auto first = parse_end(call, call.args[is_backwards ? 3 : 2], End::first);
    if (!first) return;
    const auto last = parse_end(call, call.args[is_backwards ? 2 : 3], End::last);
    if (!last) return;
    auto count = std::numeric_limits<std::size_t>::max();
    if (call.args.size() > 4) {
        if (call.args.size() != 6 || !is_word(call.args[4], "COUNT")) throw_not_simulated(call);
        const auto given = integer_argument(call, call.args[5]);
        if (!given) return;
        count = static_cast<std::size_t>(std::max<std::int64_t>(*given, 0));
    }
    const auto found = find_typed<StreamData>(call, call.args[1]);
    if (found.is_wrong) return;
    if (found.value == nullptr) return call.reply.begin_array(0);
    if (count == 0) return call.reply.nil();
    const auto entries = is_backwards ? found.value->range_backwards(*first, *last, count)
                                      : found.value->range(*first, *last, count);
    call.reply.begin_array(entries.size());
    for (const auto* entry : entries) {
        call.reply.begin_array(2);
        call.reply.bulk(to_string(entry->id));
        call.reply.begin_array(entry->items.size());
        for (const auto& item : entry->items) call.reply.bulk(item);
    }
}

}  // namespace

void xadd(CommandCall& call) {
    std::size_t at = 2;
    const auto trim = parse_trim(call, at);
    if (!trim) return;
    if (at >= call.args.size() || call.args[at] != "*") throw_not_simulated(call);
    const auto items = call.args.subspan(at + 1);
    if (items.empty() || items.size() % 2 == 1)
        return call.reply.error("ERR wrong number of arguments for 'xadd' command");
    const auto found = make_typed<StreamData>(call, call.args[1]);
    if (found.is_wrong) return;
    const auto id = found.value->next_id(static_cast<std::uint64_t>(call.now_ms()));
    found.value->append(id, items);
    carry_out(*trim, *found.value);
    ++call.changes;
    call.reply.bulk(to_string(id));
}

void xlen(CommandCall& call) {
    const auto found = find_typed<StreamData>(call, call.args[1]);
    if (found.is_wrong) return;
    call.reply.integer(found.value == nullptr ? 0
                                              : static_cast<std::int64_t>(found.value->length()));
}

void xrange(CommandCall& call) {
    give_range(call, false);
}
void xrevrange(CommandCall& call) {
    give_range(call, true);
}

void xtrim(CommandCall& call) {
    std::size_t at = 2;
    const auto trim = parse_trim(call, at);
    if (!trim) return;
    if (trim->kind == Trim::Kind::none || at != call.args.size())
        return call.reply.error("ERR syntax error");
    const auto found = find_typed<StreamData>(call, call.args[1]);
    if (found.is_wrong) return;
    const auto dropped = found.value == nullptr ? 0 : carry_out(*trim, *found.value);
    call.changes += dropped;
    call.reply.integer(static_cast<std::int64_t>(dropped));
}

}  // namespace simulation::commands
