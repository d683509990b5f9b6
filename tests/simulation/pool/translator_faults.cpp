#include "simulation/pool/translator_faults.h"

#include "simulation/pool/fault_rate.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

constexpr double looks_a_second = 10;
// More, and a miner's ntime is not valid.
constexpr std::chrono::seconds clock_wrong_max = 30min;

}  // namespace

TranslatorFaults::TranslatorFaults(Pool& pool)
    : pool_(pool), chance_(pool.world().fork("translator-faults")) {
    const auto rate = [this](double usual) { return fault_rate(chance_, 0.4, usual); };
    rates_ = {.killed = rate(0.03),
              .isolated = rate(0.02),
              .parted = rate(0.04),
              .miner_killed = rate(0.03),
              .miner_vanishes = rate(0.02),
              .miner_frozen = rate(0.02),
              .frozen = rate(0.02),
              .clock_jumps = rate(0.03)};
}

bool TranslatorFaults::happens(double a_second) {
    return chance_.happens(a_second / looks_a_second);
}

std::chrono::milliseconds TranslatorFaults::span(std::uint64_t least_ms, std::uint64_t most_ms) {
    return std::chrono::milliseconds{chance_.between(least_ms, most_ms)};
}

void TranslatorFaults::look() {
    for (auto& place : pool_.translators().all()) {
        disturb(place);
        disturb(*place.miners[static_cast<std::size_t>(chance_.below(place.miners.size()))]);
    }
}

void TranslatorFaults::disturb(Translators::Place& place) {
    auto& network = pool_.network();
    auto& disturbances = pool_.disturbances();
    if (happens(rates_.killed)) pool_.translators().kill(place, span(100, 5'000));
    if (happens(rates_.isolated)) {
        const auto wait = span(200, 8'000);
        pool_.world().trace("{}: isolated for {} ms", pool_.name(place.host), wait / 1ms);
        network.isolate(place.host, wait);
        disturbances.of(place.host, wait);
    }
    if (happens(rates_.parted)) {
        const auto& gateways = pool_.gateways();
        const auto gateway =
            gateways[static_cast<std::size_t>(chance_.below(gateways.size()))].host;
        const auto wait = span(200, 10'000);
        pool_.world().trace("{} and {} are parted for {} ms", pool_.name(place.host),
                            pool_.name(gateway), wait / 1ms);
        network.part(place.host, gateway, wait);
        disturbances.of(place.host, wait);
        disturbances.of(gateway, wait);
    }
    if (happens(rates_.frozen) && place.process) {
        const auto wait = span(100, 6'000);
        pool_.world().trace("{}: frozen for {} ms", pool_.name(place.host), wait / 1ms);
        disturbances.frozen(place.host, wait);
        place.process->life().freeze(wait);
    }
    if (happens(rates_.clock_jumps)) {
        const auto offset = std::chrono::seconds{static_cast<std::int64_t>(chance_.below(
                                2 * static_cast<std::uint64_t>(clock_wrong_max.count())))} -
                            clock_wrong_max;
        pool_.world().trace("{}: its clock is wrong by {} s", pool_.name(place.host),
                            offset.count());
        place.clock->set_offset(offset);
    }
}

void TranslatorFaults::disturb(Sv1MinerProcess& miner) {
    auto& world = pool_.world();
    if (happens(rates_.miner_killed)) {
        world.trace("{}: killed", miner.journal().name());
        miner.kill(span(100, 5'000));
    }
    if (happens(rates_.miner_vanishes)) {
        const auto away = span(1'000, 20'000);
        world.trace("{}: vanishes for {} ms", miner.journal().name(), away / 1ms);
        pool_.disturbances().of(miner.host(), away);
        pool_.network().isolate(miner.host(), away);
        if (chance_.happens(0.5)) miner.kill(away);
    }
    if (happens(rates_.miner_frozen)) {
        const auto wait = span(100, 6'000);
        world.trace("{}: frozen for {} ms", miner.journal().name(), wait / 1ms);
        pool_.disturbances().frozen(miner.host(), wait);
        miner.freeze(wait);
    }
}

}  // namespace simulation
