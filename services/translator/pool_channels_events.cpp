#include <utility>
#include <variant>

#include "base/log.h"
#include "sv2/error_codes.h"
#include "translator/pool_channels.h"

namespace translator {
namespace {

std::string name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::accepted: return "accepted";
        case Verdict::stale: return "stale";
        case Verdict::duplicate: return "duplicate";
        case Verdict::low: return "low";
        case Verdict::rejected: return "rejected";
        case Verdict::unknown: return "unknown";
    }
    return "unknown";
}

}  // namespace

/// What a listener is told here it may answer with any call, also with the end of its channel:
/// nothing of a line is used after that.
void PoolChannels::on_event(Pool& pool, PoolConnection& connection, PoolEvent event) {
    const Seat from{.pool = &pool, .connection = &connection, .id = {}};
    std::visit([&](auto& one) { on(one, from); }, event);
}

bool PoolChannels::is_at(const std::optional<Seat>& seat, const Seat& from) {
    return seat && seat->connection == from.connection;
}

void PoolChannels::on(pool_event::Opened& event, const Seat& from) {
    metrics_.opens.with({from.pool->name(), "opened"}).add();
    act_soon();  // there is room for the next
    auto* const line = find(event.channel);
    if (line == nullptr || !is_at(line->next, from)) {
        from.connection->close(event.id, "not-needed");
        return;
    }
    from.pool->extranonce_size = event.terms.extranonce_size;
    if (std::exchange(line->has_new_terms, false))
        from.connection->update(event.id, line->terms.nominal_hash_rate_hps,
                                line->terms.max_target);
    line->next->id = event.id;
    if (line->seat) {
        line->next_terms = std::move(event.terms);  // until there is a job
        return;
    }
    line->seat = std::exchange(line->next, std::nullopt);
    line->listener->on_terms(event.terms);
}

void PoolChannels::on(pool_event::TermsChanged& event, const Seat& from) {
    auto* const line = find(event.channel);
    if (line == nullptr) return;
    if (is_at(line->seat, from))
        line->listener->on_terms(event.terms);
    else if (is_at(line->next, from))
        line->next_terms = std::move(event.terms);
}

void PoolChannels::on(pool_event::JobGiven& event, const Seat& from) {
    auto* line = find(event.channel);
    if (line == nullptr) return;
    if (is_at(line->next, from) && line->next->id.value != 0) {
        // Now it goes: jobs of the old place end with this.
        metrics_.moved.add();
        take_leave(event.channel, *line);
        line->seat = std::exchange(line->next, std::nullopt);
        const auto terms = std::exchange(line->next_terms, std::nullopt);
        line->listener->on_terms(*terms);
        line = find(event.channel);
        if (line == nullptr) return;
    }
    if (is_at(line->seat, from)) line->listener->on_job(event.job);
}

void PoolChannels::on(pool_event::ShareAnswered& event, const Seat& from) {
    metrics_.shares.with({from.pool->name(), name_of(event.verdict)}).add();
    // That one was never answered says as much, once it has waited for long.
    if (event.verdict != Verdict::unknown || event.waited >= PoolClient::answer_deadline)
        from.pool->answer_times.add(event.waited);
    if (event.verdict != Verdict::unknown)
        metrics_.ack_seconds.with({from.pool->name()})
            .observe(std::chrono::duration<double>(event.waited).count());
    // Tickets are the handle's: also of the place that it has just left.
    if (auto* const line = find(event.channel))
        line->listener->on_verdict(event.ticket, event.verdict, event.code);
}

void PoolChannels::on(pool_event::Refused& event, const Seat& from) {
    metrics_.opens.with({from.pool->name(), "refused"}).add();
    act_soon();
    auto* const line = find(event.channel);
    if (line == nullptr || !is_at(line->next, from)) return;
    line->next.reset();
    if (retries_with_less(*line, event.code, *from.pool)) return wait(event.channel, *line);
    base::log_debug("pool refuses a channel", {{"pool", from.pool->name()}, {"code", event.code}});
    // A pool that has nothing for anybody is as good as none.
    if (from.pool->channels() == 0 && pools_.has_alternative(*from.pool)) {
        from.pool->refuse("it refuses channels: " + event.code);
        return wait(event.channel, *line);
    }
    refuse(event.channel, event.code);
}

bool PoolChannels::retries_with_less(Line& line, std::string_view code, Pool& pool) {
    if (code != sv2::error_code::min_extranonce_size_too_large &&
        code != sv2::error_code::unsupported_min_extranonce_size)
        return false;
    const auto asked =
        std::min<std::size_t>(line.terms.min_extranonce_size, pool.extranonce_size_max);
    if (asked <= extranonce_size_min) return false;
    const auto less = std::max<std::size_t>(asked / 2, extranonce_size_min);
    pool.extranonce_size_max =
        static_cast<std::uint16_t>(std::min<std::size_t>(pool.extranonce_size_max, less));
    return true;
}

void PoolChannels::on(pool_event::Closed& event, const Seat& from) {
    auto* const line = find(event.channel);
    if (line == nullptr) return;
    base::log_debug("pool closes a channel", {{"pool", from.pool->name()}, {"code", event.code}});
    if (is_at(line->next, from)) {
        line->next.reset();
        line->next_terms.reset();
        return wait(event.channel, *line);
    }
    if (is_at(line->last, from)) return line->last.reset();
    if (!is_at(line->seat, from)) return;
    const auto now = parts_.clock.steady_now();
    const auto before = std::exchange(line->closed_at, now);
    line->seat.reset();
    if (before && now - *before < closed_again_max) return refuse(event.channel, event.code);
    interrupt(event.channel, *line);
}

void PoolChannels::on(pool_event::Lost& event, const Seat& from) {
    auto* const line = find(event.channel);
    if (line == nullptr) return;
    if (is_at(line->last, from)) line->last.reset();
    if (is_at(line->next, from)) {
        if (line->next->id.value == 0) metrics_.opens.with({from.pool->name(), "lost"}).add();
        line->next.reset();
        line->next_terms.reset();
        return wait(event.channel, *line);
    }
    if (!is_at(line->seat, from)) return;
    line->seat.reset();
    interrupt(event.channel, *line);
}

void PoolChannels::interrupt(ChannelHandle channel, Line& line) {
    metrics_.interrupted.add();
    auto* const listener = line.listener;
    // Where it has been opened already it goes at once.
    if (line.next && line.next->id.value != 0) {
        line.seat = std::exchange(line.next, std::nullopt);
        const auto terms = std::exchange(line.next_terms, std::nullopt);
        return listener->on_terms(*terms);
    }
    if (!line.next) wait(channel, line);
    listener->on_interrupted();
}

void PoolChannels::refuse(ChannelHandle channel, std::string_view code) {
    auto* const line = find(channel);
    for (const auto& seat : {line->seat, line->next, line->last}) {
        if (!seat) continue;
        if (seat->id.value != 0)
            seat->connection->close(seat->id, "not-needed");
        else
            seat->connection->abandon(channel);
    }
    auto* const listener = line->listener;
    lines_.erase(channel.value);
    listener->on_refused(code);
}

}  // namespace translator
