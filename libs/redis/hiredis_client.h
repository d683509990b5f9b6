#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "redis/confirmations.h"
#include "redis/link.h"
#include "redis/process_client.h"

namespace redis {

/// The client of one Redis: one connection, on one loop, dialled again whenever it is lost.
///
/// A command that is given while there is no connection waits for one, within its deadline. A
/// command that was sent and is unanswered at its deadline costs the connection. A READONLY or
/// NOREPLICAS answer does so too, because the primary is, or may be, elsewhere. Destroying the
/// client forgets its callbacks; it must not be destroyed inside one of them.
class HiredisClient final : public ProcessClient {
  public:
    using Stats = ClientStats;

    HiredisClient(boost::asio::io_context& io, ClientConfig config, const base::Clock& clock,
                  base::Random& random);
    ~HiredisClient() override;

    void command(Args args, Callback done) override;
    void command_then_wait(Args args, std::uint32_t replicas, std::chrono::milliseconds timeout,
                           ReplicatedCallback done) override;
    void reconnect() override;
    bool is_connected() const override { return stage_ == Stage::ready; }

    ClientStats stats() const override;
    std::size_t pending_max() const override { return config_.pending_max; }
    void on_timings(ClientTimings timings) override { timings_ = std::move(timings); }
    void on_change(std::function<void(bool is_connected)> observer) override {
        observer_ = std::move(observer);
    }

    /// Told when the connection is given up because a command got no answer in time, and since when
    /// nothing has been heard on it though something was asked.
    void on_silence(std::function<void(base::SteadyTime since)> observer) {
        silence_observer_ = std::move(observer);
    }
    /// As reconnect(), unless this connection has had an answer since then.
    void reconnect_unless_answered(base::SteadyTime since);

    /// While `is_connected`: the command at once, with a deadline of the caller's, who keeps the
    /// arguments in case it must go elsewhere. What is sent so within one turn stays together.
    void send(const Args& args, base::SteadyTime deadline, Callback done);
    /// WAIT, for what was sent before it.
    void send_wait(std::uint32_t replicas, std::chrono::milliseconds timeout,
                   base::SteadyTime deadline, Callback done);

  private:
    enum class Stage { resting, dialling, asking_sentinel, greeting, ready };

    struct Pending {
        Args args{};
        Callback done{};
        base::SteadyTime given_at{};
        base::SteadyTime deadline{};
        bool is_wait{};
        bool is_of_cluster{};  ///< its giver knows what to do with MOVED
    };

    void attempt();
    void read_password();
    void dial_first();
    void dial(const Address& address, bool is_sentinel);
    void dial_resolved(const Address& address, bool is_sentinel);
    void ask_sentinel();
    void greet();
    void become_ready();
    void lose(const std::string& reason);
    void handle_reply(Reply reply);
    void measure(const Pending& answered);
    void give(Args args, Callback done, std::chrono::milliseconds allowed, bool is_wait = false);
    void send_now(Pending pending);
    void ask_for_confirmation();
    void greet_with(Args args, std::function<bool(const Reply&)> accepts);
    void arm_timer();
    void check_deadlines();
    void attempt_later(bool was_ready, const std::string& reason);
    std::chrono::milliseconds next_backoff();

    boost::asio::io_context& io_;
    ClientConfig config_;
    const base::Clock& clock_;
    base::Random& random_;
    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::steady_timer backoff_timer_;
    boost::asio::steady_timer deadline_timer_;
    base::SteadyTime deadline_timer_at_ = base::SteadyTime::max();  ///< max: it does not run
    std::unique_ptr<Link> link_{};
    Stage stage_ = Stage::resting;
    base::SteadyTime attempt_deadline_{};
    std::size_t next_sentinel_ = 0;
    std::uint32_t failures_ = 0;
    /// Whom the link is to, for the log.
    std::string peer_{};
    /// Tells the answers to an attempt from those to one that was given up.
    std::uint64_t attempt_number_ = 0;
    /// What each reply of the greeting must satisfy, in order.
    std::deque<std::function<bool(const Reply&)>> greeting_{};
    std::deque<Pending> in_flight_{};
    std::deque<Pending> held_{};
    Confirmations confirmations_{};
    ClientStats stats_{};
    std::function<void(bool)> observer_{};
    std::function<void(base::SteadyTime)> silence_observer_{};
    ClientTimings timings_{};
    base::SteadyTime answered_at_{};  ///< the last command, or else the greeting
    /// Handlers of timers and the resolver outlive us in the loop's queue; they look here first.
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    /// There while a password is read.
    std::optional<boost::asio::thread_pool> aside_{};
};

}  // namespace redis
