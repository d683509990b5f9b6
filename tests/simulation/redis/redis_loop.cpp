#include "simulation/redis/redis_loop.h"

#include <algorithm>

#include "base/integer.h"
#include "simulation/redis/command.h"

namespace simulation {
namespace {

bool may_write(const redis::Args& args) {
    if (args.empty()) return false;
    if (args[0].starts_with("EVAL")) return true;
    const auto* const command = find_command(args[0]);
    return command != nullptr && command->is_write;
}

}  // namespace

RedisLoop::RedisLoop(RedisEnvironment& world, RedisLines& lines, const RedisTimes& times,
                     Hooks hooks)
    : world_(world), lines_(lines), times_(times), hooks_(std::move(hooks)) {}

void RedisLoop::accept(const ConnectionPtr& connection) {
    if (!connection->is_open) return;
    connections_.push_back(connection);
    if (!is_alive_) lose(connection, "connection refused");
}

void RedisLoop::arrive(const ConnectionPtr& connection, RedisConnection::Request request) {
    if (!is_alive_ || !connection->is_open) return;
    arrived_.push_back({connection, std::move(request)});
    begin_turn();
}

void RedisLoop::close(const ConnectionPtr& connection) {
    connection->is_open = false;
    connection->is_waiting = false;
    connection->behind_wait.clear();
    std::erase(connections_, connection);
}

void RedisLoop::begin_turn() {
    if (is_in_turn_ || is_frozen_ || !is_alive_ || arrived_.empty()) return;
    is_in_turn_ = true;
    turn_ = std::exchange(arrived_, {});
    turn_at_us_ = world_.calendar_us();
    std::chrono::microseconds needed{0};
    bool writes = false;
    for (const auto& [connection, request] : turn_) {
        needed += times_.command.draw(world_);
        writes = writes || may_write(request.args);
    }
    if (writes) needed += times_.fsync.draw(world_);
    world_.after(needed, [this, life = life_] {
        if (life == life_) end_turn();
    });
}

void RedisLoop::end_turn() {
    if (is_frozen_) {
        is_turn_due_ = true;
        return;
    }
    for (auto& arrived : std::exchange(turn_, {})) carry_out(arrived);
    hooks_.end_turn();
    is_in_turn_ = false;
    begin_turn();
}

void RedisLoop::carry_out(Arrived& arrived) {
    auto& [connection, request] = arrived;
    if (connection->is_waiting) {
        connection->behind_wait.push_back(std::move(request));
        return;
    }
    if (request.is_greeting)
        return answer(connection, {std::string{hooks_.is_primary() ? "master" : "slave"}});
    if (!request.args.empty() && request.args[0] == "WAIT")
        return begin_wait(connection, request.args);
    auto reply = hooks_.execute(std::move(request.args), turn_at_us_);
    connection->offset = hooks_.offset();
    answer(connection, std::move(reply));
}

void RedisLoop::begin_wait(const ConnectionPtr& connection, const redis::Args& args) {
    const auto replicas =
        args.size() == 3 ? base::parse_integer<std::int64_t>(args[1]) : std::nullopt;
    const auto timeout =
        args.size() == 3 ? base::parse_integer<std::int64_t>(args[2]) : std::nullopt;
    if (!replicas || !timeout || *timeout < 1)
        return answer(connection, {redis::Reply::ErrorText{"ERR timeout is not an integer"}});
    const auto have_it = hooks_.replicas_with(connection->offset);
    if (have_it >= *replicas) return answer(connection, {have_it});
    connection->is_waiting = true;
    connection->wait_replicas = *replicas;
    world_.after(std::chrono::milliseconds{*timeout},
                 [this, connection, number = ++connection->wait_number, life = life_] {
                     if (life == life_ && connection->is_waiting &&
                         connection->wait_number == number && !is_frozen_)
                         end_wait(connection, hooks_.replicas_with(connection->offset));
                 });
}

/// What was held up goes before all that came after it.
void RedisLoop::end_wait(const ConnectionPtr& connection, std::int64_t replicas) {
    connection->is_waiting = false;
    answer(connection, {replicas});
    auto& queue = is_in_turn_ ? turn_ : arrived_;
    auto held_up = std::exchange(connection->behind_wait, {});
    for (auto request = held_up.rbegin(); request != held_up.rend(); ++request)
        queue.push_front({connection, std::move(*request)});
    begin_turn();
}

void RedisLoop::look_at_waits() {
    if (is_frozen_ || !is_alive_) return;
    const auto connections = connections_;
    for (const auto& connection : connections) {
        if (!connection->is_waiting) continue;
        const auto have_it = hooks_.replicas_with(connection->offset);
        if (have_it >= connection->wait_replicas) end_wait(connection, have_it);
    }
}

void RedisLoop::answer(const ConnectionPtr& connection, redis::Reply reply) {
    if (!connection->is_open) return;
    lines_.to_client(connection, [connection, reply = std::move(reply)]() mutable {
        // A copy: it may let go of the connection.
        if (const auto take = connection->on_reply) take(std::move(reply));
    });
}

void RedisLoop::lose(const ConnectionPtr& connection, const std::string& reason) {
    close(connection);
    lines_.to_client(connection, [connection, reason] {
        if (const auto take = connection->on_lost) take(reason);
    });
}

void RedisLoop::drop_connections(const std::string& reason) {
    const auto connections = connections_;
    for (const auto& connection : connections) lose(connection, reason);
}

void RedisLoop::kill() {
    if (!is_alive_) return;
    // What reached the disk of the turn that it died in.
    const auto done = is_in_turn_ ? world_.below(turn_.size() + 1) : 0;
    for (std::uint64_t i = 0; i < done; ++i) {
        auto& [connection, request] = turn_[i];
        if (!request.is_greeting && !request.args.empty() && request.args[0] != "WAIT")
            hooks_.execute(std::move(request.args), turn_at_us_);
    }
    ++life_;
    is_alive_ = is_frozen_ = is_in_turn_ = is_turn_due_ = false;
    turn_.clear();
    arrived_.clear();
    drop_connections("the connection was closed by Redis");
}

void RedisLoop::start() {
    is_alive_ = true;
}

void RedisLoop::thaw() {
    if (!std::exchange(is_frozen_, false) || !is_alive_) return;
    if (std::exchange(is_turn_due_, false)) end_turn();
    begin_turn();
    // Timers that went off meanwhile.
    const auto connections = connections_;
    for (const auto& connection : connections)
        if (connection->is_waiting) end_wait(connection, hooks_.replicas_with(connection->offset));
}

}  // namespace simulation
