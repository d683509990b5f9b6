#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "simulation/redis/command.h"

namespace simulation::commands {
namespace {

std::optional<double> parse_score(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double score = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
    if (error != std::errc{} || end != text.data() + text.size() || std::isnan(score))
        return std::nullopt;
    return score;
}

std::string score_text(double score) {
    if (std::isinf(score)) return score > 0 ? "inf" : "-inf";
    char text[32];
    const auto length = std::snprintf(text, sizeof text, "%.17g", score);
    return {text, static_cast<std::size_t>(length)};
}

struct Bound {
    double score = 0;
    bool is_excluded = false;
};

std::optional<Bound> parse_bound(std::string_view text) {
    Bound bound;
    bound.is_excluded = text.starts_with('(');
    const auto score = parse_score(text.substr(bound.is_excluded ? 1 : 0));
    if (!score) return std::nullopt;
    bound.score = *score;
    return bound;
}

/// ZRANGE and ZREVRANGE by place, from the front or the back.
void give_range(CommandCall& call, bool is_backwards) {
    if (call.args.size() > 5 || (call.args.size() == 5 && !is_word(call.args[4], "WITHSCORES")))
        throw_not_simulated(call);
    auto first = integer_argument(call, call.args[2]);
    if (!first) return;
    auto last = integer_argument(call, call.args[3]);
    if (!last) return;
    const auto found = find_typed<SortedData>(call, call.args[1]);
    if (found.is_wrong) return;
    if (found.value == nullptr) return call.reply.begin_array(0);
    const auto size = static_cast<std::int64_t>(found.value->ordered.size());
    if (*first < 0) *first = std::max<std::int64_t>(*first + size, 0);
    if (*last < 0) *last += size;
    *last = std::min(*last, size - 1);
    if (*first > *last) return call.reply.begin_array(0);
    const bool has_scores = call.args.size() == 5;
    call.reply.begin_array(static_cast<std::size_t>(*last - *first + 1) * (has_scores ? 2 : 1));
    const auto give = [&](const auto& one) {
        call.reply.bulk(one.second);
        if (has_scores) call.reply.bulk(score_text(one.first));
    };
    const auto count = *last - *first + 1;
    if (is_backwards) {
        auto one = std::next(found.value->ordered.rbegin(), *first);
        for (std::int64_t i = 0; i < count; ++i) give(*one++);
    } else {
        auto one = std::next(found.value->ordered.begin(), *first);
        for (std::int64_t i = 0; i < count; ++i) give(*one++);
    }
}

}  // namespace

void sadd(CommandCall& call) {
    const auto found = make_typed<SetData>(call, call.args[1]);
    if (found.is_wrong) return;
    std::int64_t added = 0;
    for (const auto member : call.args.subspan(2)) added += found.value->emplace(member).second;
    call.changes += static_cast<std::uint64_t>(added);
    call.reply.integer(added);
}

void srem(CommandCall& call) {
    const auto found = find_typed<SetData>(call, call.args[1]);
    if (found.is_wrong) return;
    if (found.value == nullptr) return call.reply.integer(0);
    std::int64_t gone = 0;
    for (const auto member : call.args.subspan(2)) {
        const auto at = found.value->find(member);
        if (at == found.value->end()) continue;
        found.value->erase(at);
        ++gone;
    }
    call.changes += static_cast<std::uint64_t>(gone);
    if (found.value->empty()) call.keys.erase(call.args[1], call.now_ms());
    call.reply.integer(gone);
}

void scard(CommandCall& call) {
    const auto found = find_typed<SetData>(call, call.args[1]);
    if (found.is_wrong) return;
    call.reply.integer(found.value == nullptr ? 0 : static_cast<std::int64_t>(found.value->size()));
}

void sismember(CommandCall& call) {
    const auto found = find_typed<SetData>(call, call.args[1]);
    if (found.is_wrong) return;
    call.reply.integer(found.value != nullptr && found.value->contains(call.args[2]) ? 1 : 0);
}

void smembers(CommandCall& call) {
    const auto found = find_typed<SetData>(call, call.args[1]);
    if (found.is_wrong) return;
    if (found.value == nullptr) return call.reply.begin_array(0);
    call.reply.begin_array(found.value->size());
    for (const auto& member : *found.value) call.reply.bulk(member);
}

void zadd(CommandCall& call) {
    if (call.args.size() % 2 == 1) throw_not_simulated(call);
    for (std::size_t i = 2; i < call.args.size(); i += 2)
        if (!parse_score(call.args[i])) return call.reply.error("ERR value is not a valid float");
    const auto found = make_typed<SortedData>(call, call.args[1]);
    if (found.is_wrong) return;
    auto& [scores, ordered] = *found.value;
    std::int64_t added = 0;
    for (std::size_t i = 2; i < call.args.size(); i += 2) {
        const auto score = *parse_score(call.args[i]);
        const auto [at, is_new] = scores.try_emplace(std::string{call.args[i + 1]}, score);
        if (!is_new && at->second == score) continue;
        if (!is_new) ordered.erase({at->second, at->first});
        at->second = score;
        ordered.insert({score, at->first});
        ++call.changes;
        added += is_new ? 1 : 0;
    }
    call.reply.integer(added);
}

void zrem(CommandCall& call) {
    const auto found = find_typed<SortedData>(call, call.args[1]);
    if (found.is_wrong) return;
    if (found.value == nullptr) return call.reply.integer(0);
    std::int64_t gone = 0;
    for (const auto member : call.args.subspan(2)) {
        const auto at = found.value->scores.find(member);
        if (at == found.value->scores.end()) continue;
        found.value->ordered.erase({at->second, at->first});
        found.value->scores.erase(at);
        ++gone;
    }
    call.changes += static_cast<std::uint64_t>(gone);
    if (found.value->scores.empty()) call.keys.erase(call.args[1], call.now_ms());
    call.reply.integer(gone);
}

void zcard(CommandCall& call) {
    const auto found = find_typed<SortedData>(call, call.args[1]);
    if (found.is_wrong) return;
    call.reply.integer(
        found.value == nullptr ? 0 : static_cast<std::int64_t>(found.value->scores.size()));
}

void zrange(CommandCall& call) {
    give_range(call, false);
}
void zrevrange(CommandCall& call) {
    give_range(call, true);
}

void zremrangebyscore(CommandCall& call) {
    const auto least = parse_bound(call.args[2]);
    const auto most = parse_bound(call.args[3]);
    if (!least || !most) return call.reply.error("ERR min or max is not a float");
    const auto found = find_typed<SortedData>(call, call.args[1]);
    if (found.is_wrong) return;
    if (found.value == nullptr) return call.reply.integer(0);
    const auto gone = std::erase_if(found.value->ordered, [&](const auto& one) {
        const auto score = one.first;
        const bool is_in = (least->is_excluded ? score > least->score : score >= least->score) &&
                           (most->is_excluded ? score < most->score : score <= most->score);
        if (is_in) found.value->scores.erase(one.second);
        return is_in;
    });
    call.changes += gone;
    if (found.value->scores.empty()) call.keys.erase(call.args[1], call.now_ms());
    call.reply.integer(static_cast<std::int64_t>(gone));
}

}  // namespace simulation::commands
