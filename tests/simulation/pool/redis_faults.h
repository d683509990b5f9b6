#pragma once

#include <string>
#include <vector>

#include "simulation/chance.h"
#include "simulation/pool/pool.h"

namespace simulation {

/// What goes wrong with Redis, by chance; how often, each run chooses.
class RedisFaults {
  public:
    explicit RedisFaults(Pool& pool);

    /// To be called ten times a second, while things go wrong.
    void look();

  private:
    struct Rates {  // a second
        double killed{};
        double frozen{};
        double failed_over{};
        double replica_cut{};
        double full{};
        double slow_disk{};
        double client_cut{};
    };
    bool happens(double a_second);
    std::chrono::milliseconds span(std::uint64_t least_ms, std::uint64_t most_ms);
    std::size_t some_node();
    void fail_over();

    Pool& pool_;
    Chance chance_;
    Rates rates_{};
    std::vector<std::string> clients_{};
};

}  // namespace simulation
