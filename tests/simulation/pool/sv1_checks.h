#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "auditor/audit.h"
#include "auditor/sv1_audit.h"
#include "simulation/pool/pool.h"

namespace simulation {

/// The invariants, for translators and the SV1 miners behind them. SV1 does not say whose an answer
/// is, the pool's or the translator's; what translators and gateways said to each other does.
class Sv1Checks {
  public:
    explicit Sv1Checks(Pool& pool) : pool_(pool) {}

    /// I7 to I9, again and again.
    void look();
    /// While the world is well, and after it has been for a while: every miner is heard (I10).
    void begin_liveness();
    void end_liveness();
    /// When miners have stopped for a while: all that they sent is answered (I10).
    void all_is_answered();

    /// What translators and gateways said to each other, as the auditor reads what a miner wrote
    /// down. To be called before add().
    std::vector<auditor::JournalChannel> upstream_channels();
    /// Each record of the ledger's log: that SV1 miners' shares are in it once, and whose they are
    /// (I1 to I3).
    void add(const share_log::Record& record);
    void finish();
    std::uint64_t accepted() const;

  private:
    /// Whose a share is.
    struct Owner {
        const Translators::Place* place{};
        const Sv1MinerProcess* miner{};
        const Sv1MinerJournal::Share* share{};
    };
    void check_tip(const Translators::Place& place, const Sv1MinerProcess& miner);
    void check_live_spaces();
    void check_spaces();
    const GatewayProcess* gateway_of(mining::Epoch epoch) const;
    void check_account(const share_log::Record& record, std::size_t at, const Owner& owner);

    Pool& pool_;
    // Since when a miner has read all that there is for it; and what it had accepted when all was
    // healed.
    std::map<const Sv1MinerProcess*, base::SteadyTime> idle_since_{};
    std::map<const Sv1MinerProcess*, std::uint64_t> accepted_before_{};
    std::unordered_map<bitcoin::BlockHash, Owner> by_hash_{};
    std::map<ShareName, Owner> by_name_{};
    std::optional<auditor::Sv1Audit> audit_{};
};

}  // namespace simulation
