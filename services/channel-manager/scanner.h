#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "bus/batch.h"
#include "channel-manager/block_delivery.h"
#include "channel-manager/judgement.h"
#include "channel-manager/metrics.h"
#include "channel-manager/ports.h"
#include "mining/job_cache.h"

namespace channel_manager {

/// Looks through shares that wait elsewhere for their batch (architecture D6): hashes them, brings
/// the blocks among them to the template replicas, and answers. Knows neither ledger nor verdicts,
/// so it works while Redis is away. A part of the worker, which outlives it.
class Scanner {
  public:
    struct Settings {
        /// Scans without an answer; what comes beyond is dropped, and its gateway asks another.
        std::size_t held_max = 0;
        std::chrono::milliseconds waiting_interval{};
        /// See WorkerSettings. The batch of these shares waits for the template by itself.
        std::chrono::milliseconds template_wait_max{};
        BlockDelivery::Settings delivery{};
    };
    struct Ports {
        const Templates& templates;
        Solutions& solutions;
        Gateways& gateways;
    };

    Scanner(Settings settings, const base::Clock& clock, Ports ports, Metrics& metrics,
            mining::JobCache& cache, LostTemplates& lost)
        : settings_(settings),
          clock_(clock),
          ports_(ports),
          metrics_(metrics),
          cache_(cache),
          lost_(lost) {}

    void on_scan(std::size_t gateway, bus::Scan scan);
    /// A template came: what waited for it may go on.
    void on_template();
    /// To be called with the worker's tick.
    void on_tick();

    std::size_t held() const { return held_.size(); }
    std::optional<base::SteadyTime> oldest() const;

  private:
    struct Name {
        std::size_t gateway = 0;
        std::uint64_t epoch = 0;
        std::uint64_t number = 0;
        friend auto operator<=>(const Name&, const Name&) = default;
    };
    struct Held {
        /// What could not be hashed yet; empty when everything is.
        bus::Batch shares{};
        std::size_t missing_templates = 0;
        base::SteadyTime since{};
        base::SteadyTime next_waiting{};
        std::unique_ptr<BlockDelivery> blocks{};
    };

    void step(const Name& name, Held& held);
    void look_through(Held& held);

    Settings settings_;
    const base::Clock& clock_;
    Ports ports_;
    Metrics& metrics_;
    mining::JobCache& cache_;
    LostTemplates& lost_;
    std::map<Name, Held> held_{};
    bool is_stepping_ = false;
};

}  // namespace channel_manager
