#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "ledger/members.h"
#include "ledger/pool_config.h"
#include "redis/process_client.h"
#include "service/chassis.h"
#include "share_log/projector.h"
#include "vardiff/config.h"
#include "vardiff/reaper.h"
#include "vardiff/retargeting.h"

namespace vardiff {

/// What a replica does for the ledger besides proposing targets: it sums up the logs of its
/// partitions (and says which those are), and the first of the replicas reaps gateways that are
/// gone. Replicas know each other from the members; two that disagree for a moment do the same work
/// twice and no harm. Owned by main, on the chassis' loop.
class Upkeep {
  public:
    Upkeep(const Config& config, const base::Clock& clock, base::Random& random,
           service::Chassis& chassis, Retargeting& retargeting);
    ~Upkeep();

    void start();
    /// The process ends well.
    void leave();

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
    const base::Clock& clock_;
    base::Random& random_;
    service::Chassis& chassis_;
    Retargeting& retargeting_;
    std::unique_ptr<redis::ProcessClient> redis_;
    boost::asio::steady_timer timer_;
    std::uint64_t handed_over_bytes_missed_ = 0;
    ledger::Member self_;
    std::uint32_t partitions_ = 0;
    std::map<std::uint32_t, std::unique_ptr<share_log::Projector>> projectors_{};
    std::optional<Reaper> reaper_{};
    base::SteadyTime next_round_{};
    bool has_left_ = false;
};

}  // namespace vardiff
