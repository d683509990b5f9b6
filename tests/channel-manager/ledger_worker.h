#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "channel-manager/batch_testing.h"
#include "channel-manager/worker.h"
#include "ledger/keys.h"
#include "ledger/ledger.h"
#include "redis/hiredis_client.h"
#include "share_log/record.h"
#include "support/redis_server.h"

namespace channel_manager {

/// A worker with a client and a ledger of its own; its answers are kept.
class LedgerWorker final : public Solutions, public Commits, public Gateways {
  public:
    /// The script of `settings` outlives the worker.
    LedgerWorker(boost::asio::io_context& io, const test_support::RedisServer& server,
                 const Templates& templates, const base::Clock& clock, std::uint64_t id,
                 const ledger::LedgerSettings& settings = {})
        : random_(id),
          client_(io, config_for(server), clock, random_),
          ledger_(client_, settings),
          worker_({.id = bus::WorkerId{id}, .partitions = 16, .policy = some_policy()}, clock,
                  {templates, *this, *this, *this}, metrics_) {}

    void submit(const FoundBlock&, std::function<void(SolutionOutcome)> done) override {
        done(SolutionOutcome::stored);
    }
    void commit(const ledger::Commit& commit, ledger::Ledger::Callback done) override {
        ledger_.commit(commit, std::move(done));
    }
    void send(std::size_t, const bus::ToGateway& message) override { sent.push_back(message); }

    void give(const bus::Batch& batch) { worker_.on_batch(0, batch, bytes_of(batch)); }
    void tick() { worker_.on_tick(); }
    /// Of what was sent, the results.
    std::vector<bus::Result> results() const {
        std::vector<bus::Result> found;
        for (const auto& message : sent)
            if (const auto* result = std::get_if<bus::Result>(&message)) found.push_back(*result);
        return found;
    }

    std::vector<bus::ToGateway> sent{};

  private:
    static redis::ClientConfig config_for(const test_support::RedisServer& server) {
        redis::ClientConfig config;
        config.address = server.unix_address();
        config.backoff_min = std::chrono::milliseconds{5};
        config.backoff_max = std::chrono::milliseconds{20};
        return config;
    }

    base::SeededRandom random_;
    redis::HiredisClient client_;
    ledger::Ledger ledger_;
    service::Registry registry_{"channel-manager", "test"};
    Metrics metrics_{registry_};
    Worker worker_;
};

/// What the log of a partition has, in its order.
inline std::vector<share_log::Record> read_log(test_support::RedisServer& server,
                                               std::uint32_t partition) {
    std::vector<share_log::Record> records;
    const auto entries = server.run({"XRANGE", ledger::keys::log(partition), "-", "+"});
    for (const auto& entry : *entries.array()) {
        const auto& fields = (*entry.array())[1];
        auto record = share_log::decode_record(fields.string_at(1), fields.string_at(3));
        if (record) records.push_back(std::move(*record));
    }
    return records;
}

}  // namespace channel_manager
