#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "auditor/audit.h"
#include "simulation/pool/pool.h"
#include "simulation/pool/sv1_checks.h"

namespace simulation {

/// The invariants of ARCHITECTURE.md, looked at from outside.
class Checks {
  public:
    explicit Checks(Pool& pool) : pool_(pool), sv1_(pool) {}

    /// Looks again and again from now on: I8 and I9.
    void begin();
    /// While the world is well, and after it has been for a while: every miner mines, and is heard
    /// (I10).
    void begin_liveness();
    void end_liveness();
    /// When miners have stopped for a while: all that they sent is answered (I10).
    void all_is_answered();
    /// At the same time: nodes, template replicas and their clients are where they should be.
    void templates_are_well();
    /// Likewise: vardiff follows every channel, and each has the target that it wants.
    void targets_are_well();
    /// What miners wrote down against the ledger's log (I1 to I5, I7), and blocks (I6).
    void audit();
    /// Of it.
    std::uint64_t acknowledged_difficulty() const { return acknowledged_difficulty_; }
    std::size_t difficulties() const { return difficulties_.size(); }
    /// Channels that vardiff has had proposals for.
    std::size_t proposals() const { return proposals_; }
    /// Shares that SV1 miners were told count.
    std::uint64_t sv1_accepted() const { return sv1_.accepted(); }

  private:
    void look();
    void read_log(std::uint32_t partition, auditor::Audit& audit);
    void check_queues();
    void check_tips();
    void check_target(const MinerProcess& miner, const MinerProcess::Channel& channel);
    void check_tip(const GatewayProcess& gateway, const TemplateSource::Streamed& streamed);
    void check_tip(const GatewayProcess& gateway, const MinerProcess& miner);

    Pool& pool_;
    Sv1Checks sv1_;
    // Since when a miner has read all that its gateway has for it; and what it had accepted when
    // all was healed.
    std::map<const MinerProcess*, base::SteadyTime> idle_since_{};
    std::map<const MinerProcess*, std::uint64_t> accepted_before_{};
    std::uint64_t acknowledged_difficulty_{};
    std::size_t proposals_{};
    std::set<std::uint64_t> difficulties_{};
};

}  // namespace simulation
