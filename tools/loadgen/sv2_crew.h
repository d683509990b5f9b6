#pragma once

#include <optional>
#include <vector>

#include "loadgen/crew.h"
#include "loadgen/options.h"
#include "loadgen/sv2_miner.h"

namespace loadgen {

/// SV2 miners, and peers that misbehave beside them.
class Sv2Crew final : public Crew {
  public:
    /// All arguments outlive it.
    Sv2Crew(const Options& options, Journal& journal, Statistics& statistics,
            const base::Clock& clock, base::Random& random, base::Random& keys);

    std::vector<Recruit> recruit(base::SteadyTime now) override;
    Standing standing(base::SteadyTime now) const override;
    bool begins(base::SteadyTime now) override;
    void stop_mining() override;

  private:
    Sv2Plan plan_of(std::size_t number) const;
    void recruit_strangers(std::vector<Recruit>& recruits, base::SteadyTime now);

    const Options& options_;
    Sv2Context context_;
    std::vector<Sv2Miner*> miners_{};
    std::optional<base::SteadyTime> all_work_since_{};
};

}  // namespace loadgen
