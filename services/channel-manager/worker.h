#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bus/batch.h"
#include "channel-manager/block_delivery.h"
#include "channel-manager/judgement.h"
#include "channel-manager/metrics.h"
#include "channel-manager/open_policy.h"
#include "channel-manager/ports.h"
#include "channel-manager/scanner.h"
#include "mining/job_cache.h"

namespace channel_manager {

struct WorkerSettings {
    bus::WorkerId id{};
    std::uint32_t partitions = 0;
    OpenPolicy policy{};
    /// Credits of all gateways together.
    std::size_t held_max = 1'024;
    /// A gateway hears of a batch this often, so that slow storage is not taken for death.
    std::chrono::milliseconds waiting_interval{250};
    std::chrono::milliseconds retry_min{50};
    std::chrono::milliseconds retry_max{1'000};
    /// A template that is not found for so long, where somebody who may have it does not answer,
    /// is gone: a partition must not stand still for it for ever.
    std::chrono::milliseconds template_wait_max{15'000};
    BlockDelivery::Settings delivery{};
    /// Scans need no credit; beyond these a gateway asks somebody else, or again. One is a few
    /// hundred bytes a share, and none is held long while templates and replicas are there.
    std::size_t scans_max = 4'096;
    /// Coinbases derived: a few templates times outputs, variants and sizes.
    std::size_t job_cache_capacity = 4'096;
};

/// A stateless worker: judges batches, sees that blocks are stored, commits, answers. Everything
/// that it holds can be lost: the gateway sends the batch again, to whomever. Decides, and acts
/// through its ports alone. Owned and called by the process's loop.
class Worker {
  public:
    struct Ports {
        const Templates& templates;
        Solutions& solutions;
        Commits& commits;
        Gateways& gateways;
    };
    struct Queue {
        std::size_t depth = 0;
        base::SteadyTime oldest{};
        // Which is the oldest: the gateway's epoch, and the batch's number there.
        mining::Epoch gateway{};
        bus::Partition partition{};
        std::uint64_t sequence = 0;
        /// Why the ledger has not taken it, as it said last; nothing while it has said nothing.
        std::optional<ledger::LedgerError> refusal{};
    };

    Worker(WorkerSettings settings, const base::Clock& clock, Ports ports, Metrics& metrics);

    /// `bytes` is the batch as it came. A batch that is held already gets its answer twice, for a
    /// credit went with each copy.
    void on_batch(std::size_t gateway, bus::Batch batch, std::string bytes);

    /// Hashes the shares, submits the blocks among them, and answers when those are stored.
    void on_scan(std::size_t gateway, bus::Scan scan) {
        scanner_.on_scan(gateway, std::move(scan));
    }

    /// A template came: what waited for it may go on.
    void on_template();

    /// Credits of all gateways together, whenever gateways come or go.
    void set_held_max(std::size_t batches) { settings_.held_max = batches; }

    /// Who may open channels from now on.
    void allow(std::shared_ptr<const AllowList> allowed) {
        settings_.policy.allowed = std::move(allowed);
    }

    /// To be called forty times a second: says what waits, and repeats what failed.
    void on_tick();

    /// Batches and scans without an answer.
    std::size_t held() const { return held_.size() + scanner_.held(); }
    /// The batches that wait for this now.
    Queue queue(bus::WaitsFor waits_for) const;
    /// Batches that the ledger last refused for this.
    std::size_t refused(ledger::LedgerError error) const;

  private:
    using HeldId = std::uint64_t;

    struct Held {
        HeldId id = 0;
        std::size_t gateway = 0;
        std::size_t copies = 1;
        bus::Batch batch{};
        std::string bytes{};
        base::SteadyTime since{};
        base::SteadyTime next_waiting{};
        std::size_t missing_templates = 0;
        bool is_judged = false;
        base::SteadyTime judged_at{};
        bus::Result result{};
        std::unique_ptr<BlockDelivery> blocks{};
        ledger::Commit commit{};
        bool commit_is_in_flight = false;
        std::uint32_t commit_attempts = 0;
        base::SteadyTime commit_retry_at{};
        std::optional<ledger::LedgerError> refusal{};
        std::optional<bus::ToGateway> answer{};
    };

    void step(Held& held);
    bool try_to_judge(Held& held);
    void try_to_commit(Held& held);
    void on_commit(HeldId id, base::Result<ledger::Committed, ledger::LedgerError> outcome);
    void on_committed(Held& held, ledger::Committed committed);
    void count_shares(const bus::Result& result);
    void answer(const Held& held);
    Held* find(HeldId id);
    static bus::WaitsFor waits_for(const Held& held);
    base::SteadyTime retry_after(std::uint32_t attempts) const;

    WorkerSettings settings_;
    const base::Clock& clock_;
    Ports ports_;
    Metrics& metrics_;
    mining::JobCache cache_;
    LostTemplates lost_templates_{};
    Scanner scanner_;
    std::map<HeldId, Held> held_{};
    HeldId last_id_ = 0;
    /// A port may answer inside the call; the step under way then goes on by itself.
    bool is_stepping_ = false;
};

}  // namespace channel_manager
