#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "ledger/members.h"
#include "ledger/pool_config.h"
#include "redis/client.h"
#include "service/metrics.h"
#include "share_log/projector.h"
#include "vardiff/config.h"
#include "vardiff/reaper.h"
#include "vardiff/retargeting.h"

namespace vardiff {

using Projectors = std::map<std::uint32_t, std::unique_ptr<share_log::Projector>>;

/// What a replica does for the ledger besides proposing targets: it sums up the logs of its
/// partitions (and says which those are), and the first of the replicas reaps gateways that are
/// gone. Replicas know each other from the members; two that disagree for a moment do the same work
/// twice and no harm. Of the loop; what it is given outlives it.
class Upkeep {
  public:
    struct Ports {
        boost::asio::io_context& loop;
        const base::Clock& clock;
        base::Random& random;
        redis::Client& redis;
        service::Registry& metrics;
        Retargeting& retargeting;
    };

    Upkeep(const Config& config, Ports ports);
    ~Upkeep();

    void start();
    /// The process ends well.
    void leave();

    const Projectors& projectors() const { return projectors_; }
    /// Null before the pool's configuration is there.
    const Reaper* reaper() const { return reaper_ ? &*reaper_ : nullptr; }

  private:
    using Members = std::vector<ledger::SeenMember>;

    void ask_for_pool_config();
    void tick();
    void on_members(const Members& members);
    void share_out(const std::vector<std::uint64_t>& replicas);
    void reap(const Members& members);
    void publish();
    void after(std::chrono::milliseconds wait, void (Upkeep::*step)());

    const Config& config_;
    Ports ports_;
    boost::asio::steady_timer timer_;
    std::uint64_t handed_over_bytes_missed_ = 0;
    ledger::Member self_;
    std::uint32_t partitions_ = 0;
    Projectors projectors_{};
    std::optional<Reaper> reaper_{};
    base::SteadyTime next_round_{};
    bool has_left_ = false;
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace vardiff
