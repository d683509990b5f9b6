#pragma once

#include <vector>

#include "loadgen/crew.h"
#include "loadgen/options.h"
#include "loadgen/sv1_miner.h"

namespace loadgen {

/// SV1 miners, and peers that misbehave beside them.
class Sv1Crew final : public Crew {
  public:
    /// All arguments outlive it.
    Sv1Crew(const Options& options, Journal& journal, Statistics& statistics,
            const base::Clock& clock, base::Random& random);

    std::vector<Recruit> recruit(base::SteadyTime now) override;
    Standing standing(base::SteadyTime now) const override;
    void stop_mining() override { context_.is_ending = true; }

  private:
    Sv1Plan plan_of(std::size_t number) const;
    void recruit_strangers(std::vector<Recruit>& recruits, base::SteadyTime now);

    const Options& options_;
    Sv1Context context_;
    std::vector<const Sv1Miner*> miners_{};
};

}  // namespace loadgen
