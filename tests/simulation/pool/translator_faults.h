#pragma once

#include <vector>

#include "simulation/chance.h"
#include "simulation/pool/pool.h"

namespace simulation {

/// What goes wrong with translators and the miners behind them, by chance; how often, each run
/// chooses. Its chance is of its own, as theirs is.
class TranslatorFaults {
  public:
    explicit TranslatorFaults(Pool& pool);

    /// To be called ten times a second, while things go wrong.
    void look();

  private:
    struct Rates {  // a second, for each translator
        double killed{};
        double isolated{};
        double parted{};
        double miner_killed{};
        double miner_vanishes{};
        double miner_frozen{};
        double frozen{};
        double clock_jumps{};
    };
    bool happens(double a_second);
    std::chrono::milliseconds span(std::uint64_t least_ms, std::uint64_t most_ms);
    void disturb(Translators::Place& place);
    void disturb(Sv1MinerProcess& miner);

    Pool& pool_;
    Chance chance_;
    Rates rates_{};
};

}  // namespace simulation
