#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "redis/address.h"
#include "redis/client.h"
#include "redis/link.h"

namespace redis {

struct ClientConfig {
    /// Used when there are no Sentinels.
    Address address{};
    /// Asked in turn for the primary called `master`, at each connection anew.
    std::vector<Address> sentinels{};
    std::string master{};
    /// AUTH, when the password is not empty; without a user name that of `default`.
    std::string username{};
    std::string password{};
    std::uint32_t db = 0;
    /// From handing a command over to its answer. A Redis that is alive answers in milliseconds;
    /// after this long its connection is worth nothing.
    std::chrono::milliseconds command_timeout{2'000};
    /// For dialling and the greeting together, at most the time of a command: what takes the
    /// connection and says nothing may be stopped, and deposed, and another one waits for us.
    std::chrono::milliseconds attempt_timeout{1'000};
    /// Commands given and not answered. A batch is one command: this is a fuse, not flow control.
    std::size_t pending_max = 4'096;
    std::chrono::milliseconds backoff_min{50};
    /// Shares wait for the ledger meanwhile: who comes back is found within half a second.
    std::chrono::milliseconds backoff_max{500};
};

/// The Redis client of a process: one connection, on one loop, dialled again whenever it is lost.
///
/// A command that is given while there is no connection waits for one, within its deadline. A
/// command that was sent and is unanswered at its deadline costs the connection. A READONLY or
/// NOREPLICAS answer does so too, because the primary is, or may be, elsewhere. Destroying the
/// client forgets its callbacks; it must not be destroyed inside one of them.
class HiredisClient final : public Client {
  public:
    struct Stats {
        std::uint64_t attempts = 0;
        std::uint64_t connections = 0;
        std::uint64_t losses = 0;
        std::uint64_t timeouts = 0;
        std::size_t pending = 0;
        std::chrono::microseconds oldest_age{};
        /// The rest before the next attempt, as the last failure chose it.
        std::chrono::milliseconds backoff{};
    };

    HiredisClient(boost::asio::io_context& io, ClientConfig config, const base::Clock& clock,
                  base::Random& random);
    ~HiredisClient() override;

    void command(Args args, Callback done) override;
    void command_then_wait(Args args, std::uint32_t replicas, std::chrono::milliseconds timeout,
                           ReplicatedCallback done) override;
    void reconnect() override;
    bool is_connected() const override { return stage_ == Stage::ready; }

    Stats stats() const;
    std::size_t pending_max() const { return config_.pending_max; }
    /// Told of each command that is answered: how long that took from its being given, and of a
    /// WAIT how long beyond the answer to the command before it.
    struct Timings {
        std::function<void(std::chrono::nanoseconds)> command{};
        std::function<void(std::chrono::nanoseconds)> wait{};
    };
    void on_timings(Timings timings) { timings_ = std::move(timings); }
    /// Told of each change of `is_connected`.
    void on_change(std::function<void(bool is_connected)> observer) {
        observer_ = std::move(observer);
    }

  private:
    enum class Stage { resting, dialling, asking_sentinel, greeting, ready };

    struct Pending {
        Args args{};
        Callback done{};
        base::SteadyTime given_at{};
        base::SteadyTime deadline{};
        bool is_wait{};
    };

    void attempt();
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
    void greet_with(Args args, std::function<bool(const Reply&)> accepts);
    void arm_timer();
    void check_deadlines();
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
    /// Tells the answers to an attempt from those to one that was given up.
    std::uint64_t attempt_number_ = 0;
    /// What each reply of the greeting must satisfy, in order.
    std::deque<std::function<bool(const Reply&)>> greeting_{};
    std::deque<Pending> in_flight_{};
    std::deque<Pending> held_{};
    Stats stats_{};
    std::function<void(bool)> observer_{};
    Timings timings_{};
    base::SteadyTime answered_at_{};  ///< the last command
    /// Handlers of timers and the resolver outlive us in the loop's queue; they look here first.
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace redis
