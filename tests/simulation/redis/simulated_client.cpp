#include "simulation/redis/simulated_client.h"

#include <algorithm>

#include "simulation/redis/simulated_redis.h"

namespace simulation {
namespace {

using std::chrono::milliseconds;

/// A WAIT with the timeout 0 never ends.
milliseconds wait_time(milliseconds timeout) {
    return std::max(timeout, milliseconds{1});
}

}  // namespace

SimulatedClient::SimulatedClient(SimulatedRedis& redis, const RedisEnvironment& world,
                                 std::string name, Schedule after, redis::ClientConfig config)
    : redis_(redis),
      world_(world),
      name_(std::move(name)),
      after_(std::move(after)),
      config_(std::move(config)) {
    later(std::chrono::microseconds{0}, [this] { attempt(); });
}

SimulatedClient::~SimulatedClient() {
    if (connection_) redis_.let_go(connection_);
}

void SimulatedClient::later(std::chrono::microseconds wait, std::function<void()> event) {
    after_(wait, [alive = std::weak_ptr{alive_}, event = std::move(event)] {
        if (!alive.expired()) event();
    });
}

void SimulatedClient::command(redis::Args args, redis::Callback done) {
    give(std::move(args), std::move(done), config_.command_timeout);
}

void SimulatedClient::command_then_wait(redis::Args args, std::uint32_t replicas,
                                        milliseconds timeout, redis::ReplicatedCallback done) {
    if (is_overloaded(2))
        return later(std::chrono::microseconds{0}, [done = std::move(done)] {
            done(base::unexpected(
                redis::Error{redis::RedisError::overloaded, "too many commands are pending"}));
        });
    auto command = std::make_shared<redis::Unconfirmed>();
    command->replicas = replicas;
    command->timeout = timeout;
    command->done = std::move(done);
    confirmations_.add(command);
    give(
        std::move(args),
        [command](base::Result<redis::Reply, redis::Error> result) {
            if (!result) return command->fail(result.error());
            command->reply = std::move(*result);
        },
        config_.command_timeout + wait_time(timeout));
    ask_for_confirmation();
}

/// One WAIT for all that was sent since the one before, once that is answered.
void SimulatedClient::ask_for_confirmation() {
    if (stage_ != Stage::ready) return;
    auto group = confirmations_.take();
    if (!group) return;
    const auto now = world_.now();
    const auto timeout = wait_time(group->timeout);
    send_now({{"WAIT", std::to_string(group->replicas), std::to_string(timeout.count())},
              [this, commands = std::move(group->commands)](const auto& waited) {
                  confirmations_.is_answered();
                  ask_for_confirmation();
                  const auto* count = waited ? waited->integer() : nullptr;
                  for (const auto& command : commands) {
                      if (waited)
                          command->confirm(count == nullptr ? 0 : *count);
                      else
                          command->fail(waited.error());
                  }
              },
              now,
              now + config_.command_timeout + timeout,
              true});
    arm_timer();
}

void SimulatedClient::reconnect() {
    later(std::chrono::microseconds{0}, [this] {
        if (stage_ == Stage::ready) lose("asked to look for the primary again");
    });
}

redis::ClientStats SimulatedClient::stats() const {
    auto stats = stats_;
    stats.pending = in_flight_.size() + held_.size();
    const auto* oldest = !in_flight_.empty() ? &in_flight_.front()
                         : !held_.empty()    ? &held_.front()
                                             : nullptr;
    if (oldest != nullptr)
        stats.oldest_age =
            std::chrono::duration_cast<std::chrono::microseconds>(world_.now() - oldest->given_at);
    return stats;
}

bool SimulatedClient::is_overloaded(std::size_t more) const {
    return in_flight_.size() + held_.size() + more > config_.pending_max;
}

void SimulatedClient::give(redis::Args args, redis::Callback done, milliseconds allowed) {
    if (is_overloaded(1))
        return later(std::chrono::microseconds{0}, [done = std::move(done)] {
            done(base::unexpected(
                redis::Error{redis::RedisError::overloaded, "too many commands are pending"}));
        });
    const auto now = world_.now();
    Pending pending{std::move(args), std::move(done), now, now + allowed, false};
    if (stage_ == Stage::ready)
        send_now(std::move(pending));
    else
        held_.push_back(std::move(pending));
    arm_timer();
}

void SimulatedClient::send_now(Pending pending) {
    redis_.send(connection_, {std::move(pending.args), false});
    pending.args.clear();
    in_flight_.push_back(std::move(pending));
}

void SimulatedClient::attempt() {
    stage_ = Stage::dialling;
    ++stats_.attempts;
    attempt_deadline_ = world_.now() + std::min(config_.attempt_timeout, config_.command_timeout);
    connection_ = std::make_shared<RedisConnection>();
    connection_->client = name_;
    connection_->after_at_client = after_;
    connection_->on_reply = [this](redis::Reply reply) { on_reply(std::move(reply)); };
    connection_->on_lost = [this](const std::string& reason) { lose(reason); };
    redis_.dial(connection_);
    arm_timer();
}

void SimulatedClient::become_ready() {
    stage_ = Stage::ready;
    failures_ = 0;
    ++stats_.connections;
    for (auto& pending : std::exchange(held_, {})) send_now(std::move(pending));
    arm_timer();
    ask_for_confirmation();
    if (observer_) observer_(true);
}

void SimulatedClient::on_reply(redis::Reply reply) {
    if (stage_ == Stage::dialling) {
        if (reply.string() == nullptr || *reply.string() != "master")
            return lose("not the primary");
        return become_ready();
    }
    auto answered = std::move(in_flight_.front());
    in_flight_.pop_front();
    measure(answered);
    const auto* const error = reply.error();
    if (error == nullptr) return answered.done(std::move(reply));
    const auto kind = redis::classify_error_reply(error->text);
    if (kind == redis::RedisError::read_only || kind == redis::RedisError::no_replicas) reconnect();
    answered.done(base::unexpected(redis::Error{kind, error->text}));
}

void SimulatedClient::measure(const Pending& answered) {
    const auto now = world_.now();
    const auto& told = answered.is_wait ? timings_.wait : timings_.command;
    if (told) told(now - (answered.is_wait ? answered_at_ : answered.given_at));
    answered_at_ = now;
}

void SimulatedClient::lose(const std::string& reason) {
    const bool was_ready = stage_ == Stage::ready;
    stage_ = Stage::resting;
    redis_.let_go(std::exchange(connection_, nullptr));
    if (was_ready) ++stats_.losses;
    attempt_later();
    const auto unanswered = std::exchange(in_flight_, {});
    const auto unconfirmed = confirmations_.take_answered();
    for (const auto& pending : unanswered)
        pending.done(base::unexpected(redis::Error{redis::RedisError::disconnected, reason}));
    for (const auto& command : unconfirmed)
        command->fail({redis::RedisError::disconnected, reason});
    if (was_ready && observer_) observer_(false);
}

void SimulatedClient::attempt_later() {
    auto delay = config_.backoff_min;
    for (std::uint32_t i = 0; i < failures_ && delay < config_.backoff_max; ++i) delay *= 2;
    delay = std::min(delay, config_.backoff_max);
    ++failures_;
    const auto half = static_cast<std::uint64_t>(delay.count()) / 2;
    stats_.backoff = milliseconds{half + world_.below(half + 1)};
    later(stats_.backoff, [this] {
        if (stage_ == Stage::resting) attempt();
    });
}

void SimulatedClient::arm_timer() {
    auto next = base::SteadyTime::max();
    if (!in_flight_.empty()) next = std::min(next, in_flight_.front().deadline);
    if (!held_.empty()) next = std::min(next, held_.front().deadline);
    if (stage_ == Stage::dialling) next = std::min(next, attempt_deadline_);
    if (next >= timer_at_) return;
    timer_at_ = next;
    const auto left = std::chrono::ceil<std::chrono::microseconds>(next - world_.now());
    later(std::max<std::chrono::microseconds>(left, milliseconds{1}),
          [this, number = ++timer_number_] {
              if (number != timer_number_) return;
              timer_at_ = base::SteadyTime::max();
              check_deadlines();
          });
}

void SimulatedClient::check_deadlines() {
    const auto now = world_.now();
    std::deque<Pending> late;
    while (!held_.empty() && held_.front().deadline <= now) {
        late.push_back(std::move(held_.front()));
        held_.pop_front();
    }
    const bool is_silent = !in_flight_.empty() && in_flight_.front().deadline <= now;
    const bool is_slow = stage_ == Stage::dialling && attempt_deadline_ <= now;
    if (is_silent) ++stats_.timeouts;
    if (is_silent || is_slow) lose(is_silent ? "no answer in time" : "no connection in time");
    for (const auto& pending : late)
        pending.done(base::unexpected(
            redis::Error{redis::RedisError::disconnected, "no connection in time"}));
    arm_timer();
}

}  // namespace simulation
