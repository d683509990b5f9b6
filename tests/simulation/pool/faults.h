#pragma once

#include "simulation/chance.h"
#include "simulation/pool/pool.h"
#include "simulation/pool/redis_faults.h"
#include "simulation/pool/translator_faults.h"

namespace simulation {

/// What goes wrong, by chance. Which kinds of fault a run has, and how often, is chosen once from
/// its seed: some have none, some all of them.
class Faults {
  public:
    explicit Faults(Pool& pool);

    void begin();
    /// Nothing new goes wrong, and what was wrong is well at once.
    void heal();

  private:
    struct Rates {  // a second
        double gateway_killed{};
        double worker_killed{};
        double miner_killed{};
        double miner_vanishes{};
        double all_workers_killed{};
        double isolated{};
        double parted{};
        double slow{};
        double pipes_broken{};
        double frozen{};
        double clock_jumps{};
        double template_parts{};
        double vardiff_killed{};
    };
    void look();
    bool happens(double a_second);
    std::chrono::microseconds span(std::chrono::milliseconds least, std::chrono::milliseconds most);
    Host some_host();
    void kill_processes();
    void disturb_network();
    void freeze_somebody();

    Pool& pool_;
    Chance chance_;
    RedisFaults redis_;
    TranslatorFaults translators_;
    Rates rates_{};
    std::vector<Host> service_hosts_{};
    bool is_on_{};
};

}  // namespace simulation
