#include "redis/hiredis_client.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <exception>
#include <iterator>
#include <utility>

#include "base/log.h"

namespace redis {
namespace {

namespace asio = boost::asio;

/// A WAIT with the timeout 0 never ends.
std::int64_t wait_ms(std::chrono::milliseconds timeout) {
    return std::max<std::int64_t>(timeout.count(), 1);
}

Args wait_for(std::uint32_t replicas, std::chrono::milliseconds timeout) {
    return {"WAIT", std::to_string(replicas), std::to_string(wait_ms(timeout))};
}

}  // namespace

HiredisClient::HiredisClient(asio::io_context& io, ClientConfig config, const base::Clock& clock,
                             base::Random& random)
    : io_(io),
      config_(std::move(config)),
      clock_(clock),
      random_(random),
      resolver_(io),
      backoff_timer_(io),
      deadline_timer_(io) {
    std::signal(SIGPIPE,
                SIG_IGN);  // hiredis uses write(2); a lost connection is an error, no death
    asio::post(io_, [this, alive = std::weak_ptr<bool>{is_alive_}] {
        if (!alive.expired()) attempt();
    });
}

HiredisClient::~HiredisClient() = default;

void HiredisClient::command(Args args, Callback done) {
    give(std::move(args), std::move(done), config_.command_timeout);
}

void HiredisClient::command_then_wait(Args args, std::uint32_t replicas,
                                      std::chrono::milliseconds timeout, ReplicatedCallback done) {
    if (in_flight_.size() + held_.size() + 2 > config_.pending_max) {
        asio::post(io_, [done = std::move(done)] {
            done(base::unexpected(Error{RedisError::overloaded, "too many commands are pending"}));
        });
        return;
    }
    auto command = std::make_shared<Unconfirmed>();
    command->replicas = replicas;
    command->timeout = timeout;
    command->done = std::move(done);
    confirmations_.add(command);
    // Redis may hold it for as long as the WAIT before it takes.
    give(
        std::move(args),
        [command](base::Result<Reply, Error> result) {
            if (!result) return command->fail(result.error());
            command->reply = std::move(*result);
        },
        config_.command_timeout + std::chrono::milliseconds{wait_ms(timeout)});
    ask_for_confirmation();
}

/// One WAIT for all that was sent since the one before, once that is answered.
void HiredisClient::ask_for_confirmation() {
    if (stage_ != Stage::ready) return;
    auto group = confirmations_.take();
    if (!group) return;
    const auto now = clock_.steady_now();
    const auto allowed =
        config_.command_timeout + std::chrono::milliseconds{wait_ms(group->timeout)};
    send_now({wait_for(group->replicas, group->timeout),
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
              now, now + allowed, true});
    arm_timer();
}

void HiredisClient::reconnect() {
    asio::post(io_, [this, alive = std::weak_ptr<bool>{is_alive_}] {
        if (!alive.expired() && stage_ == Stage::ready) lose("asked to look for the primary again");
    });
}

void HiredisClient::reconnect_unless_answered(base::SteadyTime since) {
    if (answered_at_ <= since) reconnect();
}

ClientStats HiredisClient::stats() const {
    auto stats = stats_;
    stats.pending = in_flight_.size() + held_.size();
    const auto* oldest = !in_flight_.empty() ? &in_flight_.front()
                         : !held_.empty()    ? &held_.front()
                                             : nullptr;
    if (oldest != nullptr)
        stats.oldest_age = std::chrono::duration_cast<std::chrono::microseconds>(
            clock_.steady_now() - oldest->given_at);
    return stats;
}

void HiredisClient::give(Args args, Callback done, std::chrono::milliseconds allowed,
                         bool is_wait) {
    if (in_flight_.size() + held_.size() >= config_.pending_max) {
        asio::post(io_, [done = std::move(done)] {
            done(base::unexpected(Error{RedisError::overloaded, "too many commands are pending"}));
        });
        return;
    }
    const auto now = clock_.steady_now();
    Pending pending{std::move(args), std::move(done), now, now + allowed, is_wait, false};
    if (stage_ == Stage::ready) {
        send_now(std::move(pending));
    } else {
        held_.push_back(std::move(pending));
    }
    arm_timer();
}

void HiredisClient::send(const Args& args, base::SteadyTime deadline, Callback done) {
    link_->send(args);
    in_flight_.push_back({{}, std::move(done), clock_.steady_now(), deadline, false, true});
    arm_timer();
}

void HiredisClient::send_wait(std::uint32_t replicas, std::chrono::milliseconds timeout,
                              base::SteadyTime deadline, Callback done) {
    link_->send(wait_for(replicas, timeout));
    in_flight_.push_back({{}, std::move(done), clock_.steady_now(), deadline, true, true});
    arm_timer();
}

void HiredisClient::send_now(Pending pending) {
    link_->send(pending.args);
    pending.args.clear();
    in_flight_.push_back(std::move(pending));
}

void HiredisClient::attempt() {
    stage_ = Stage::dialling;
    ++stats_.attempts;
    attempt_deadline_ =
        clock_.steady_now() + std::min(config_.attempt_timeout, config_.command_timeout);
    arm_timer();
    if (config_.read_password) return read_password();
    dial_first();
}

/// The disk may be slow, and then the attempt is late, but not the loop.
void HiredisClient::read_password() {
    if (!aside_) aside_.emplace(1);
    asio::post(*aside_, [this, &io = io_, read = config_.read_password, number = attempt_number_,
                         alive = std::weak_ptr<bool>{is_alive_}] {
        std::string password;
        std::string failure;
        try {
            password = read();
        } catch (const std::exception& error) {
            failure = error.what();
        }
        asio::post(io, [this, alive, number, password = std::move(password),
                        failure = std::move(failure)] {
            if (alive.expired() || number != attempt_number_) return;
            aside_.reset();  // it has nothing left to do
            if (failure.empty())
                config_.password = password;
            else
                base::log_warning("the last redis password goes on", {{"reason", failure}});
            dial_first();
        });
    });
}

void HiredisClient::dial_first() {
    if (config_.sentinels.empty()) return dial(config_.address, false);
    dial(config_.sentinels[next_sentinel_++ % config_.sentinels.size()], true);
}

void HiredisClient::dial(const Address& address, bool is_sentinel) {
    peer_ = to_string(address);
    if (!address.unix_path.empty()) return dial_resolved(address, is_sentinel);
    resolver_.async_resolve(
        address.host, std::to_string(address.port),
        [this, is_sentinel, number = attempt_number_, alive = std::weak_ptr<bool>{is_alive_}](
            boost::system::error_code error, const asio::ip::tcp::resolver::results_type& found) {
            if (alive.expired() || number != attempt_number_) return;
            if (error || found.empty()) return lose("name does not resolve: " + error.message());
            // Who does not answer is not asked again before the others of that name.
            const auto number_of_it = (config_.first_of_name + failures_) % found.size();
            const auto endpoint =
                std::next(found.begin(), static_cast<std::ptrdiff_t>(number_of_it))->endpoint();
            Address numeric;
            numeric.host = endpoint.address().to_string();
            numeric.port = endpoint.port();
            dial_resolved(numeric, is_sentinel);
        });
}

void HiredisClient::dial_resolved(const Address& address, bool is_sentinel) {
    Link::Events events;
    events.on_connected = [this, is_sentinel] { is_sentinel ? ask_sentinel() : greet(); };
    events.on_reply = [this](Reply reply) { handle_reply(std::move(reply)); };
    events.on_lost = [this](const std::string& reason) { lose(reason); };
    link_ = std::make_unique<Link>(io_, address, std::move(events));
}

void HiredisClient::greet_with(Args args, std::function<bool(const Reply&)> accepts) {
    greeting_.push_back(std::move(accepts));
    link_->send(args);
}

void HiredisClient::ask_sentinel() {
    stage_ = Stage::asking_sentinel;
    greet_with({"SENTINEL", "get-master-addr-by-name", config_.master}, [this](const Reply& reply) {
        const auto primary = parse_address(std::string{"["}.append(reply.string_at(0)) +
                                           "]:" + std::string{reply.string_at(1)});
        if (!primary) return false;
        // Posted: the link must not be replaced inside its own callback.
        asio::post(io_, [this, primary = *primary, number = attempt_number_,
                         alive = std::weak_ptr<bool>{is_alive_}] {
            if (alive.expired() || number != attempt_number_) return;
            stage_ = Stage::dialling;
            link_.reset();
            dial(primary, false);
        });
        return true;
    });
}

void HiredisClient::greet() {
    stage_ = Stage::greeting;
    const auto is_ok = [](const Reply& reply) { return reply.error() == nullptr; };
    if (!config_.password.empty()) {
        Args auth{"AUTH"};
        if (!config_.username.empty()) auth.push_back(config_.username);
        auth.push_back(config_.password);
        greet_with(std::move(auth), is_ok);
    }
    if (config_.db != 0) greet_with({"SELECT", std::to_string(config_.db)}, is_ok);
    // The last answer of the greeting is the first that a Redis still loading its data refuses.
    // What Sentinel names may have been demoted since; a fixed address is taken at its word.
    const bool must_be_primary = !config_.sentinels.empty();
    greet_with(must_be_primary ? Args{"ROLE"} : Args{"PING"},
               [this, must_be_primary](const Reply& reply) {
                   if (reply.error() != nullptr) return false;
                   if (must_be_primary && reply.string_at(0) != "master") return false;
                   become_ready();
                   return true;
               });
}

void HiredisClient::become_ready() {
    stage_ = Stage::ready;
    answered_at_ = clock_.steady_now();
    failures_ = 0;
    ++stats_.connections;
    if (!config_.is_one_off)
        base::log_info("redis connected", {{"at", peer_}, {"connections", stats_.connections}});
    auto held = std::move(held_);
    held_.clear();
    for (auto& pending : held) send_now(std::move(pending));
    arm_timer();
    ask_for_confirmation();
    if (observer_) observer_(true);
}

void HiredisClient::handle_reply(Reply reply) {
    if (!greeting_.empty()) {
        const auto accepts = std::move(greeting_.front());
        greeting_.pop_front();
        if (!accepts(reply)) {
            const auto* error = reply.error();
            lose(error != nullptr ? "refused: " + error->text : "not the primary");
        }
        return;
    }
    if (in_flight_.empty()) return lose("a reply to no command");
    const auto done = std::move(in_flight_.front().done);
    const bool is_of_cluster = in_flight_.front().is_of_cluster;
    measure(in_flight_.front());
    in_flight_.pop_front();
    const auto* error = reply.error();
    if (error == nullptr) return done(std::move(reply));
    const auto kind = classify_error_reply(error->text);
    if (kind == RedisError::read_only || kind == RedisError::no_replicas) reconnect();
    const bool is_lost_in_cluster = !is_of_cluster && error->text.starts_with("MOVED ");
    done(base::unexpected(Error{
        kind,
        is_lost_in_cluster
            ? error->text + ": this Redis is a node of a cluster, and not named as one (cluster)"
            : error->text}));
}

/// Answers come in the order of the commands: what was answered before a WAIT is what it is for.
void HiredisClient::measure(const Pending& answered) {
    const auto now = clock_.steady_now();
    const auto& told = answered.is_wait ? timings_.wait : timings_.command;
    if (told) told(now - (answered.is_wait ? answered_at_ : answered.given_at));
    answered_at_ = now;
}

void HiredisClient::lose(const std::string& reason) {
    const bool was_ready = stage_ == Stage::ready;
    stage_ = Stage::resting;
    ++attempt_number_;
    link_.reset();
    resolver_.cancel();
    greeting_.clear();
    if (was_ready) ++stats_.losses;
    if (!config_.is_one_off) attempt_later(was_ready, reason);
    auto unanswered = std::move(in_flight_);
    in_flight_.clear();
    if (config_.is_one_off)
        std::ranges::move(std::exchange(held_, {}), std::back_inserter(unanswered));
    const auto unconfirmed = confirmations_.take_answered();
    for (const auto& pending : unanswered)
        pending.done(base::unexpected(Error{RedisError::disconnected, reason}));
    for (const auto& command : unconfirmed) command->fail({RedisError::disconnected, reason});
    if (was_ready && observer_) observer_(false);
}

void HiredisClient::attempt_later(bool was_ready, const std::string& reason) {
    const auto delay = stats_.backoff = next_backoff();
    if (was_ready || failures_ == 1 || failures_ % 32 == 0)
        base::log_warning("redis is away",
                          {{"at", peer_}, {"reason", reason}, {"next_try_ms", delay.count()}});
    backoff_timer_.expires_after(delay);
    backoff_timer_.async_wait(
        [this, alive = std::weak_ptr<bool>{is_alive_}](boost::system::error_code error) {
            if (!error && !alive.expired() && stage_ == Stage::resting) attempt();
        });
}

std::chrono::milliseconds HiredisClient::next_backoff() {
    auto delay = config_.backoff_min;
    for (std::uint32_t i = 0; i < failures_ && delay < config_.backoff_max; ++i) delay *= 2;
    delay = std::min(delay, config_.backoff_max);
    ++failures_;
    // Between half and all of it, so that many clients do not come back in step.
    const auto half = static_cast<std::uint64_t>(delay.count()) / 2;
    return std::chrono::milliseconds{half + random_.next_u64() % (half + 1)};
}

void HiredisClient::arm_timer() {
    auto next = base::SteadyTime::max();
    if (!in_flight_.empty()) next = std::min(next, in_flight_.front().deadline);
    if (!held_.empty()) next = std::min(next, held_.front().deadline);
    if (stage_ != Stage::ready && stage_ != Stage::resting)
        next = std::min(next, attempt_deadline_);
    if (next >= deadline_timer_at_) return;
    deadline_timer_at_ = next;
    const auto left = next - clock_.steady_now();
    deadline_timer_.expires_after(
        std::max<base::SteadyTime::duration>(left, std::chrono::milliseconds{1}));
    deadline_timer_.async_wait(
        [this, alive = std::weak_ptr<bool>{is_alive_}](boost::system::error_code error) {
            if (error || alive.expired()) return;
            deadline_timer_at_ = base::SteadyTime::max();
            check_deadlines();
        });
}

void HiredisClient::check_deadlines() {
    const auto now = clock_.steady_now();
    std::vector<Callback> expired;
    while (!held_.empty() && held_.front().deadline <= now) {
        expired.push_back(std::move(held_.front().done));
        held_.pop_front();
    }
    const bool attempt_is_late =
        stage_ != Stage::ready && stage_ != Stage::resting && attempt_deadline_ <= now;
    const bool answer_is_late = !in_flight_.empty() && in_flight_.front().deadline <= now;
    if (answer_is_late) {
        ++stats_.timeouts;
        if (silence_observer_)
            silence_observer_(std::max(answered_at_, in_flight_.front().given_at));
    }
    if (attempt_is_late || answer_is_late)
        lose(answer_is_late ? "no answer in time" : "no connection in time");
    for (const auto& done : expired)
        done(base::unexpected(Error{RedisError::disconnected, "no connection in time"}));
    arm_timer();
}

}  // namespace redis
