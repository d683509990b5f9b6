#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "channel-manager/lost_templates.h"
#include "channel-manager/metrics.h"
#include "channel-manager/ports.h"

namespace channel_manager {

/// Brings the blocks of one batch or scan to the template replicas, and says when each of them is
/// on a disk. Tries until it is: only a block that every replica has answered not to know, or that
/// one refuses, is given up. Owned by who holds the batch.
class BlockDelivery {
  public:
    struct Settings {
        std::chrono::milliseconds retry_min{50};
        std::chrono::milliseconds retry_max{1'000};
        /// A block whose template every replica has answered not to hold: nothing brings it back,
        /// and the miners of its partition wait for their answers meanwhile: once for a template.
        std::chrono::milliseconds unknown_template_max{3'000};
        /// The same for one whose transactions no replica has: a node is asked for them as soon as
        /// it gives a template.
        std::chrono::milliseconds incomplete_template_max{10'000};
    };

    /// `on_change` hears of each outcome, also of those that come inside submit(); it may destroy
    /// this delivery when it is not called from there.
    BlockDelivery(const Settings& settings, const base::Clock& clock, Solutions& solutions,
                  LostTemplates& lost, Metrics& metrics, std::function<void()> on_change)
        : settings_(settings),
          clock_(clock),
          solutions_(solutions),
          lost_(lost),
          metrics_(metrics),
          on_change_(std::move(on_change)) {}
    BlockDelivery(const BlockDelivery&) = delete;
    BlockDelivery& operator=(const BlockDelivery&) = delete;

    /// A block that is there already is not added again.
    void add(const std::vector<FoundBlock>& blocks);
    /// Submits what is due.
    void submit();
    /// Every block is on a disk, or given up.
    bool is_settled() const;
    std::size_t blocks() const { return blocks_.size(); }

  private:
    struct State {
        FoundBlock block{};
        base::SteadyTime since{};
        bool is_in_flight = false;
        bool is_settled = false;
        std::uint32_t attempts = 0;
        base::SteadyTime retry_at{};
    };
    void on_outcome(State& state, SolutionOutcome outcome);
    bool is_hopeless(const State& state, SolutionOutcome outcome) const;
    base::SteadyTime retry_after(std::uint32_t attempts) const;

    const Settings& settings_;
    const base::Clock& clock_;
    Solutions& solutions_;
    LostTemplates& lost_;
    Metrics& metrics_;
    std::function<void()> on_change_;
    std::vector<State> blocks_{};
    /// An answer may come when the batch is gone.
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace channel_manager
