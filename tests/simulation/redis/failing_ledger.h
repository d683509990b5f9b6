#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.h"
#include "simulation/redis/simulated_redis.h"
#include "simulation/redis/world_testing.h"

namespace simulation {

/// Gateways that send batches of shares, workers that commit them with the shipped ledger::Ledger,
/// and a Redis that fails in every way that SimulatedRedis knows; then peace, and the question
/// whether the log has what was acknowledged. All of it from one seed.
class FailingLedger {
  public:
    struct Settings {
        std::uint64_t seed = 0;
        /// How many replicas a commit waits for.
        std::uint32_t wait_for = 1;
        /// Empty: the one that is shipped.
        std::string_view script{};
    };

    explicit FailingLedger(const Settings& settings);
    ~FailingLedger();

    /// Some ten seconds of failures and what it takes to recover. The first promise that was
    /// broken, in words; nothing when all was kept.
    std::optional<std::string> run();

    std::uint64_t acknowledged() const { return acknowledged_.size(); }
    std::uint64_t failovers() const { return redis_.failovers(); }
    std::uint64_t replays() const { return replays_; }

  private:
    struct Worker {
        std::unique_ptr<redis::ProcessClient> client{};
        std::unique_ptr<ledger::Ledger> ledger{};
    };
    /// A gateway's stream of batches to one partition: the next one goes when the one before is
    /// acknowledged.
    struct Sender {
        std::uint64_t epoch = 0;
        ledger::Commit batch{};
        std::vector<std::uint64_t> shares{};
        /// Counts what was sent; an answer to what was sent before the last time is dropped.
        std::uint64_t attempt = 0;
        bool is_done = false;
    };
    /// A batch's verdicts as its gateway got them.
    struct Acknowledged {
        std::vector<std::uint64_t> shares{};
        std::vector<bool> duplicates{};
    };
    using BatchName = std::pair<std::uint64_t, std::uint64_t>;

    void start_worker(std::size_t number);
    void next_batch(Sender& sender);
    void send(Sender& sender);
    void on_answer(Sender& sender, const base::Result<ledger::Committed, ledger::LedgerError>& got);
    void fail_somehow();
    std::optional<std::string> check();

    Settings settings_;
    EventWorld world_;
    SimulatedRedis redis_;
    std::vector<Worker> workers_{2};
    std::vector<Sender> senders_{3};
    bool is_winding_down_ = false;
    std::map<BatchName, Acknowledged> acknowledged_{};
    std::uint64_t replays_ = 0;
    std::optional<std::string> broken_{};
};

}  // namespace simulation
