#include "simulation/pool/run.h"

#include "simulation/pool/checks.h"
#include "simulation/pool/faults.h"
#include "simulation/pool/pool.h"
#include "simulation/pool/work_unit.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

constexpr auto start_time = 3s;
// Within which whoever had lost a batch, a connection or its patience is back, at the latest: half
// a minute of a write that stalls, and then some.
constexpr auto recovery = 10s;
// In which each miner finds shares.
constexpr auto well_again = 12s;
// Far longer than any answer takes.
constexpr auto quiet = 10s;

/// The parts of a run, in their order; each only while no invariant is violated.
void live(World& world, Pool& pool, Checks& checks, const RunOptions& options) {
    Faults faults{pool};
    const auto is_well = [&world](std::chrono::microseconds span) {
        world.run_for(span);
        return world.violations().empty();
    };
    checks.begin();
    if (!is_well(start_time)) return;
    faults.begin();
    if (!is_well(options.trouble)) return;
    faults.heal();
    for (auto& miner : pool.miners()) miner->behave();
    pool.translators().behave();
    if (!is_well(recovery)) return;
    checks.begin_liveness();
    if (!is_well(well_again)) return;
    checks.end_liveness();
    for (auto& miner : pool.miners()) miner->mine(false);
    pool.translators().rest();
    if (!is_well(quiet)) return;
    checks.all_is_answered();
    checks.templates_are_well();
    if (world.violations().empty()) checks.audit();
    // After what is worse: it finds prefixes that are used twice, too, as channels that vardiff
    // takes for one.
    checks.targets_are_well();
}

}  // namespace

RunResult run(const RunOptions& options) {
    use_cheap_work();
    World world{options.seed};
    world.print_trace(options.prints_trace);
    Pool pool{world};
    Checks checks{pool};
    live(world, pool, checks, options);
    world.drop_events();
    return {.violations = world.violations(),
            .last_lines = {world.last_lines().begin(), world.last_lines().end()},
            .fingerprint = world.fingerprint(),
            .events = world.events(),
            .acknowledged_difficulty = checks.acknowledged_difficulty(),
            .difficulties = checks.difficulties(),
            .proposals = checks.proposals(),
            .sv1_accepted = checks.sv1_accepted(),
            .pool_time = world.age()};
}

}  // namespace simulation
