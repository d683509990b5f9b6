#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "redis/client_config.h"
#include "redis/confirmations.h"
#include "redis/process_client.h"
#include "simulation/redis/environment.h"
#include "simulation/redis/redis_lines.h"

namespace simulation {

class SimulatedRedis;

/// A client of the simulated Redis. What redis::HiredisClient promises its callers holds here, and
/// what it leaves open is left open: see there. SimulatedRedis::connect makes it.
class SimulatedClient final : public redis::ProcessClient {
  public:
    SimulatedClient(SimulatedRedis& redis, const RedisEnvironment& world, std::string name,
                    Schedule after, redis::ClientConfig config);
    SimulatedClient(const SimulatedClient&) = delete;
    SimulatedClient& operator=(const SimulatedClient&) = delete;
    ~SimulatedClient() override;

    void command(redis::Args args, redis::Callback done) override;
    void command_then_wait(redis::Args args, std::uint32_t replicas,
                           std::chrono::milliseconds timeout,
                           redis::ReplicatedCallback done) override;
    void reconnect() override;
    bool is_connected() const override { return stage_ == Stage::ready; }

    redis::ClientStats stats() const override;
    std::size_t pending_max() const override { return config_.pending_max; }
    void on_timings(redis::ClientTimings timings) override { timings_ = std::move(timings); }
    void on_change(std::function<void(bool is_connected)> observer) override {
        observer_ = std::move(observer);
    }

  private:
    enum class Stage { resting, dialling, ready };
    struct Pending {
        redis::Args args{};
        redis::Callback done{};
        base::SteadyTime given_at{};
        base::SteadyTime deadline{};
        bool is_wait = false;
    };

    void later(std::chrono::microseconds wait, std::function<void()> event);
    void attempt();
    void become_ready();
    void on_reply(redis::Reply reply);
    void lose(const std::string& reason);
    void attempt_later();
    void give(redis::Args args, redis::Callback done, std::chrono::milliseconds allowed);
    bool is_overloaded(std::size_t more) const;
    void send_now(Pending pending);
    void ask_for_confirmation();
    void measure(const Pending& answered);
    void arm_timer();
    void check_deadlines();

    SimulatedRedis& redis_;
    const RedisEnvironment& world_;
    std::string name_;
    Schedule after_;
    redis::ClientConfig config_;
    ConnectionPtr connection_{};
    Stage stage_ = Stage::resting;
    base::SteadyTime attempt_deadline_{};
    base::SteadyTime timer_at_ = base::SteadyTime::max();  ///< max: it does not run
    std::uint64_t timer_number_ = 0;
    std::uint32_t failures_ = 0;
    std::deque<Pending> in_flight_{};
    std::deque<Pending> held_{};
    redis::Confirmations confirmations_{};
    redis::ClientStats stats_{};
    redis::ClientTimings timings_{};
    std::function<void(bool)> observer_{};
    base::SteadyTime answered_at_{};
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace simulation
