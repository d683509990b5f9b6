#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>

#include "canary/broken_script.h"
#include "ledger_worker.h"
#include "support/loop.h"

namespace channel_manager {
namespace {

constexpr std::uint32_t partitions = 2;
constexpr std::uint32_t epochs = 2;
constexpr std::size_t workers = 3;

/// One gateway's batches in one partition: the next is made when an answer to the last was heard.
struct Lane {
    std::vector<bus::Batch> history{};
    /// By sequence: what a worker said, whether or not the gateway heard it.
    std::map<std::uint64_t, bus::Result> said{};
    bool was_heard = true;
};

/// Real workers, a real Redis, and between gateways and workers all that can go wrong.
class Chaos {
  public:
    Chaos(std::uint64_t seed, std::string_view script) : random_(seed), script_(script) {
        templates_.add(mining::some_template());
        for (auto& worker : workers_) worker = fresh_worker();
    }

    /// What a ledger must not do, as far as this run has seen it done.
    std::vector<std::string> run() {
        for (int i = 0; i < 300 && violations_.empty(); ++i) step();
        settle();
        for (std::uint32_t partition = 0; partition < partitions; ++partition) check_log(partition);
        return violations_;
    }
    std::size_t refusals() const { return refusals_; }
    std::size_t repeated_answers() const { return repeated_answers_; }

  private:
    void expect(bool claim, const std::string& otherwise) {
        if (!claim) violations_.push_back(otherwise);
    }

    std::uint64_t below(std::uint64_t bound) { return random_.next_u64() % bound; }

    std::unique_ptr<LedgerWorker> fresh_worker() {
        return std::make_unique<LedgerWorker>(io_, server_, templates_, clock_, ++last_worker_,
                                              ledger::LedgerSettings{.script = script_});
    }
    LedgerWorker& any_worker() { return *workers_[below(workers_.size())]; }

    /// So few different shares that most are found again in other batches.
    void make_batch(std::uint32_t partition, std::uint32_t epoch, Lane& lane) {
        auto batch = some_batch(lane.history.size() + 1, static_cast<std::uint32_t>(below(6)));
        batch.epoch = mining::Epoch{epoch};
        batch.partition = bus::Partition{partition};
        for (auto& share : batch.shares) {
            share.submitted.nonce = static_cast<std::uint32_t>(below(60));
            if (below(8) == 0) share.submitted.state = mining::JobState::stale;
        }
        lane.history.push_back(std::move(batch));
        lane.was_heard = false;
    }

    void listen(LedgerWorker& worker) {
        for (const auto& message : std::exchange(worker.sent, {})) {
            if (const auto* result = std::get_if<bus::Result>(&message)) on_result(*result);
            if (const auto* refused = std::get_if<bus::Refused>(&message)) {
                const auto& lane = lanes_[{refused->partition.value, refused->epoch.value}];
                expect(refused->sequence < lane.history.size(),
                       "refused though nothing came after it: " + refused->reason);
                ++refusals_;
            }
        }
    }
    void on_result(const bus::Result& result) {
        auto& lane = lanes_[{result.partition.value, result.epoch.value}];
        const auto [said, is_new] = lane.said.emplace(result.sequence, result);
        expect(said->second == result,
               "two outcomes of sequence " + std::to_string(result.sequence));
        if (!is_new) ++repeated_answers_;
        const bool is_lost = below(3) == 0;
        if (result.sequence == lane.history.size() && !is_lost) lane.was_heard = true;
    }

    /// The loop turns a little, or until much of what is under way is done.
    void turn() {
        const auto turns = below(2) == 0 ? below(4) : below(60);
        for (std::uint64_t i = 0; i < turns; ++i) io_.run_one_for(std::chrono::milliseconds{1});
        for (auto& worker : workers_) {
            worker->tick();
            listen(*worker);
        }
    }

    void step() {
        const auto partition = static_cast<std::uint32_t>(below(partitions));
        const auto epoch = static_cast<std::uint32_t>(1 + below(epochs));
        auto& lane = lanes_[{partition, epoch}];
        if (lane.was_heard) make_batch(partition, epoch, lane);
        switch (below(8)) {
            case 0:  // at the same time
                for (auto& worker : workers_) worker->give(lane.history.back());
                break;
            case 1: {  // one that came home long ago
                const auto& old = lane.history[below(lane.history.size())];
                any_worker().give(old);
                break;
            }
            case 2: {  // killed with whatever it holds, before or after the ledger had it
                auto& victim = workers_[below(workers_.size())];
                victim->give(lane.history.back());
                for (std::uint64_t i = below(3); i > 0; --i) io_.poll();
                victim = fresh_worker();
                break;
            }
            case 3:
                if (below(10) == 0) {
                    server_.kill();
                    server_.start();
                }
                break;
            default: any_worker().give(lane.history.back());
        }
        turn();
    }

    /// Every batch comes home in the end.
    void settle() {
        for (auto& [name, lane] : lanes_) {
            const auto sequence = lane.history.size();
            while (sequence > 0 && !lane.said.contains(sequence)) {
                workers_[0]->give(lane.history.back());
                const bool is_home = test_support::run_until(io_, [&, &said = lane.said] {
                    for (auto& worker : workers_) {
                        worker->tick();
                        listen(*worker);
                    }
                    return said.contains(sequence);
                });
                expect(is_home, "a batch that never comes home");
                if (!is_home) return;
            }
        }
    }

    /// Each batch once and in order, with the outcome that was told; each share credited once.
    void check_log(std::uint32_t partition) {
        std::map<std::uint64_t, std::uint64_t> last_of_epoch;
        std::set<bitcoin::BlockHash> credited;
        std::set<std::uint32_t> valid_nonces;
        for (const auto& record : read_log(server_, partition)) {
            const auto& [batch, result] = std::tie(record.batch, record.result);
            auto& lane = lanes_[{partition, batch.epoch.value}];
            expect(batch.sequence == ++last_of_epoch[batch.epoch.value],
                   "the log has a batch twice, or out of order");
            const auto said = lane.said.find(batch.sequence);
            if (batch.sequence > lane.history.size() || said == lane.said.end()) continue;
            expect(batch == lane.history[batch.sequence - 1], "the log has another batch");
            expect(result == said->second, "the log says something else than the gateway heard");
            for (std::size_t i = 0; i < batch.shares.size(); ++i) {
                const auto& share = batch.shares[i].submitted;
                if (share.state != mining::JobState::stale) valid_nonces.insert(share.nonce);
                if (result.verdicts[i].error) continue;
                expect(credited.insert(record.hashes[i].value()).second, "credited twice");
            }
        }
        expect(credited.size() == valid_nonces.size(), "a good share was never credited");
        for (std::uint32_t epoch = 1; epoch <= epochs; ++epoch)
            expect(last_of_epoch[epoch] == (lanes_[{partition, epoch}].history.size()),
                   "a batch came home and is not in the log");
    }

    base::SeededRandom random_;
    std::string script_;
    test_support::RedisServer server_{{"--appendonly", "yes", "--appendfsync", "always"}};
    boost::asio::io_context io_{};
    base::SystemClock clock_{};
    FakeTemplates templates_{};
    std::uint64_t last_worker_ = 0;
    std::array<std::unique_ptr<LedgerWorker>, workers> workers_{};
    std::map<std::pair<std::uint32_t, std::uint64_t>, Lane> lanes_{};
    std::size_t refusals_ = 0;
    std::size_t repeated_answers_ = 0;
    std::vector<std::string> violations_{};
};

class WorkerProperty : public testing::TestWithParam<std::uint64_t> {};

TEST_P(WorkerProperty, AnyBatchReplayedAnyNumberOfTimesThroughAnyWorkerHasOneOutcome) {
    Chaos chaos{GetParam(), ledger::scripts::commit};
    EXPECT_EQ(chaos.run(), std::vector<std::string>{});
    // Or the run has shown nothing.
    EXPECT_GT(chaos.refusals(), 0U);
    EXPECT_GT(chaos.repeated_answers(), 10U);
}

TEST_P(WorkerProperty, ALedgerThatTakesAReplayForANewBatchIsFoundOut) {
    Chaos chaos{GetParam(),
                canary::broken_script(ledger::scripts::commit, {.ignores_replays = true})};
    EXPECT_FALSE(chaos.run().empty());
}

TEST_P(WorkerProperty, ALedgerThatKnowsNoDuplicatesIsFoundOut) {
    Chaos chaos{GetParam(),
                canary::broken_script(ledger::scripts::commit, {.ignores_duplicates = true})};
    EXPECT_FALSE(chaos.run().empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, WorkerProperty, testing::Range<std::uint64_t>(1, 7));

}  // namespace
}  // namespace channel_manager
