#include "translator/pool_channels.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "sv2/error_codes.h"

namespace translator {

PoolChannels::PoolChannels(Parts parts, PoolsSettings settings)
    : parts_(parts),
      settings_(std::move(settings)),
      metrics_(parts.registry),
      timer_(parts.loop),
      unserved_since_(parts.clock.steady_now()),
      pools_({.loop = parts.loop,
              .clock = parts.clock,
              .random = parts.random,
              .dialer = parts.dialer,
              .counter = counter_,
              .metrics = metrics_,
              .settings = settings_},
             settings_, *this) {}

PoolChannels::~PoolChannels() {
    is_alive_.reset();
}

void PoolChannels::start() {
    on_tick();
    wait_for_tick();
}

void PoolChannels::wait_for_tick() {
    timer_.expires_after(tick_interval);
    timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (error || alive.expired()) return;
        on_tick();
        wait_for_tick();
    });
}

void PoolChannels::on_tick() {
    pools_.on_tick(parts_.clock.steady_now(), lines_.size());
    act();
    end_farewells();
    forget_closed();
    metrics_.waiting.set(static_cast<double>(waiting_.size()));
}

ChannelHandle PoolChannels::open(const OpenTerms& terms, ChannelListener& listener) {
    const ChannelHandle channel{++last_handle_};
    auto line = std::make_unique<Line>();
    line->listener = &listener;
    line->terms = terms;
    wait(channel, *line);
    lines_.emplace(channel.value, std::move(line));
    return channel;
}

void PoolChannels::update(ChannelHandle channel, double nominal_hash_rate_hps,
                          const bitcoin::Target& max_target) {
    auto* const line = find(channel);
    if (line == nullptr) return;
    line->terms.nominal_hash_rate_hps = nominal_hash_rate_hps;
    line->terms.max_target = max_target;
    line->has_new_terms = line->next.has_value();
    if (line->seat)
        line->seat->connection->update(line->seat->id, nominal_hash_rate_hps, max_target);
}

void PoolChannels::close(ChannelHandle channel) {
    auto* const line = find(channel);
    if (line == nullptr) return;
    for (const auto& seat : {line->seat, line->next, line->last}) {
        if (!seat) continue;
        if (seat->id.value != 0)
            seat->connection->close(seat->id, "by-miner");
        else
            seat->connection->abandon(channel);
    }
    lines_.erase(channel.value);
}

std::optional<ShareTicket> PoolChannels::submit(ChannelHandle channel, const ChannelShare& share) {
    auto* const line = find(channel);
    if (line == nullptr || !line->seat) return std::nullopt;
    const ShareTicket ticket{line->last_ticket + 1};
    if (!line->seat->connection->submit(line->seat->id, share, ticket)) return std::nullopt;
    ++line->last_ticket;
    return ticket;
}

std::optional<base::SteadyTime::duration> PoolChannels::verdict_time(ChannelHandle channel) const {
    const auto* const line = find(channel);
    if (line == nullptr || !line->seat) return std::nullopt;
    return line->seat->pool->answer_times.ninth_of_ten();
}

std::optional<std::size_t> PoolChannels::extranonce_size() const {
    const auto* const pool = pools_.serving();
    return pool == nullptr ? std::nullopt : pool->extranonce_size;
}

bool PoolChannels::is_served() const {
    return pools_.serving() != nullptr || std::ranges::any_of(pools_.all(), [](const auto& pool) {
               return pool->channels() != 0;
           });
}

void PoolChannels::note_service() {
    const bool is_served_now = is_served();
    if (was_served_ && !is_served_now) unserved_since_ = parts_.clock.steady_now();
    was_served_ = is_served_now;
}

std::vector<PoolChannels::PoolStatus> PoolChannels::status() const {
    std::vector<PoolStatus> all;
    for (const auto& pool : pools_.all())
        all.push_back({.name = pool->name(),
                       .is_in_use = pool.get() == pools_.serving(),
                       .connections = pool->ready_connections(),
                       .channels = pool->channels(),
                       .verdict_time = pool->answer_times.ninth_of_ten(),
                       .trouble = pool->trouble()});
    return all;
}

void PoolChannels::on_change(Pool&) {
    note_service();
    act_soon();
}

void PoolChannels::act_soon() {
    if (std::exchange(acts_soon_, true)) return;
    boost::asio::post(parts_.loop, [this, alive = std::weak_ptr{is_alive_}] {
        if (alive.expired()) return;
        acts_soon_ = false;
        act();
    });
}

/// From the loop, never from within a call: what has changed decides which pool is in use, and
/// channels are asked for there.
void PoolChannels::act() {
    pools_.choose(lines_.size());
    note_service();
    move_those_who_leave();
    ask_for_waiting();
}

/// They go on where they are until they are open elsewhere.
void PoolChannels::move_those_who_leave() {
    const auto* const serving = pools_.serving();
    if (serving == nullptr) return;
    for (const auto& pool : pools_.all()) {
        for (const auto& connection : pool->connections_to_leave()) {
            for (const auto channel : connection->client().handles()) {
                auto* const line = find(channel);
                // What it only has left behind there ends by itself.
                const bool mines_there =
                    line != nullptr && line->seat && line->seat->connection == connection.get();
                if (mines_there && !line->next) wait(channel, *line);
            }
        }
    }
}

void PoolChannels::wait(ChannelHandle channel, Line& line) {
    if (!std::exchange(line.is_waiting, true)) waiting_.push_back(channel);
    act_soon();
}

void PoolChannels::ask_for_waiting() {
    auto* const pool = pools_.serving();
    if (pool == nullptr) return;
    while (!waiting_.empty()) {
        const auto channel = waiting_.front();
        auto* const line = find(channel);
        if (line != nullptr && !ask(channel, *line, *pool)) return;
        waiting_.pop_front();
    }
}

/// False while no connection has room for it.
bool PoolChannels::ask(ChannelHandle channel, Line& line, Pool& pool) {
    // It was to move, and the connection that it is on has become good again.
    const bool may_stay =
        line.seat && line.seat->pool == &pool && pool.keeps(*line.seat->connection);
    if (may_stay || line.next) {
        line.is_waiting = false;
        return true;
    }
    auto* const connection = pool.connection_for_channel();
    if (connection == nullptr) return false;
    if (line.last && line.last->connection == connection)  // one channel of it on a connection
        connection->close(std::exchange(line.last, std::nullopt)->id, "moved");
    line.is_waiting = false;
    line.has_new_terms = false;
    line.next = Seat{.pool = &pool, .connection = connection, .id = {}};
    const auto identity = pool.identity().identity_of(line.terms.user);
    const auto size =
        std::min<std::size_t>(line.terms.min_extranonce_size, pool.extranonce_size_max);
    connection->open({.channel = channel,
                      .user_identity = identity,
                      .nominal_hash_rate_hps = line.terms.nominal_hash_rate_hps,
                      .max_target = line.terms.max_target,
                      .min_extranonce_size = static_cast<std::uint16_t>(size)});
    return true;
}

/// The miner has its jobs from elsewhere now. One that moves twice so soon has no time for it.
void PoolChannels::take_leave(ChannelHandle channel, Line& line) {
    if (line.last) line.last->connection->close(line.last->id, "moved");
    line.last = line.seat;
    farewells_.push_back({parts_.clock.steady_now() + farewell, channel});
}

void PoolChannels::end_farewells() {
    const auto now = parts_.clock.steady_now();
    for (; !farewells_.empty() && farewells_.front().until <= now; farewells_.pop_front()) {
        auto* const line = find(farewells_.front().channel);
        if (line == nullptr || !line->last) continue;
        const auto last = *std::exchange(line->last, std::nullopt);
        last.connection->close(last.id, "moved");
    }
}

/// While no pool is there, those who come and go leave their handles in the queue.
void PoolChannels::forget_closed() {
    if (waiting_.size() <= 2 * lines_.size() + 1'000) return;
    std::erase_if(waiting_, [this](ChannelHandle channel) { return find(channel) == nullptr; });
}

PoolChannels::Line* PoolChannels::find(ChannelHandle channel) {
    const auto found = lines_.find(channel.value);
    return found == lines_.end() ? nullptr : found->second.get();
}

const PoolChannels::Line* PoolChannels::find(ChannelHandle channel) const {
    const auto found = lines_.find(channel.value);
    return found == lines_.end() ? nullptr : found->second.get();
}

}  // namespace translator
