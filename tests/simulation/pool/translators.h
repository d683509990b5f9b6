#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "simulation/process_clock.h"
#include "simulation/translator/sv1_miner_process.h"
#include "simulation/translator/translator_process.h"

namespace simulation {

/// The translators of a simulated pool, none, one or two by the seed, each with a few SV1 miners.
/// Kills and starts them. All chance is of their own, so that a pool without them is the same.
class Translators {
  public:
    Translators(Network& network, Tcp& tcp, const std::vector<Host>& gateways);

    struct Place {
        Host host{};
        TranslatorKind kind{};
        std::unique_ptr<ProcessClock> clock{};
        std::unique_ptr<UpstreamJournal> journal{};
        std::unique_ptr<TranslatorProcess> process{};  ///< null while it is dead
        std::uint64_t starts{};
        std::vector<std::unique_ptr<Sv1MinerProcess>> miners{};
    };
    std::vector<Place>& all() { return places_; }
    const std::vector<Place>& all() const { return places_; }

    /// It dies now, and is started again after `pause`. Nothing if it is dead already.
    void kill(Place& place, std::chrono::microseconds pause);
    /// Whoever is dead is started.
    void start_all();
    /// All miners, see Sv1MinerProcess; and they find no more shares.
    void behave();
    void rest();

  private:
    void start(Place& place);
    Sv1MinerKind some_miner();

    Network& network_;
    Tcp& tcp_;
    const std::vector<Host>& gateways_;
    Chance chance_;
    std::vector<Place> places_{};
};

}  // namespace simulation
