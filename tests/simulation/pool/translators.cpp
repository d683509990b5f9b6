#include "simulation/pool/translators.h"

#include <fmt/format.h>

#include <string>

#include "simulation/pool/miner_process.h"
#include "simulation/pool/scale.h"

namespace simulation {
namespace {

constexpr std::size_t miners_min = 2;
constexpr std::size_t miners_max = 3;

/// Half of all pools have one translator.
std::size_t some_count(Chance& chance) {
    const auto drawn = chance.below(4);
    return drawn == 0 ? 0 : drawn == 1 ? 2 : 1;
}

}  // namespace

Translators::Translators(Network& network, Tcp& tcp, const std::vector<Host>& gateways)
    : network_(network),
      tcp_(tcp),
      gateways_(gateways),
      chance_(network.world().fork("translators")) {
    std::vector<std::string> names;
    for (const auto gateway : gateways) names.push_back(network.name(gateway));
    places_.resize(some_count(chance_));
    for (std::size_t i = 0; i < places_.size(); ++i) {
        auto& place = places_[i];
        const auto name = fmt::format("translator-{}", i);
        place.host = network.host(name);
        place.kind = some_translator(chance_, name, names,
                                     {.hashes_a_share = some_hashes(chance_),
                                      .shares_a_minute = scale::shares_a_minute,
                                      .easiest = scale::hashes_a_share_easiest});
        place.clock = std::make_unique<ProcessClock>(network.world());
        place.journal = std::make_unique<UpstreamJournal>(network.world(), name,
                                                          place.kind.miners.answer_within);
        start(place);
        const auto miners = static_cast<std::size_t>(chance_.between(miners_min, miners_max));
        for (std::size_t j = 0; j < miners; ++j)
            place.miners.push_back(std::make_unique<Sv1MinerProcess>(
                network, tcp, fmt::format("sv1-miner-{}-{}", i, j), some_miner(), place.host));
    }
}

Sv1MinerKind Translators::some_miner() {
    Sv1MinerKind kind;
    kind.hashes = some_hashes(chance_);
    kind.shares_per_second = 0.2 + chance_.fraction();
    kind.rolls_versions = chance_.happens(0.7);
    kind.takes_extranonces = chance_.happens(0.7);
    kind.suggests = chance_.happens(0.3);
    if (chance_.happens(0.3)) kind.duplicates = 0.2;
    if (chance_.happens(0.3)) kind.invalid = 0.1;
    if (chance_.happens(0.5)) kind.leaves = 0.05;
    if (chance_.happens(0.25))
        kind.reader =
            chance_.happens(0.5) ? Sv1MinerKind::Reader::slow : Sv1MinerKind::Reader::never;
    return kind;
}

void Translators::start(Place& place) {
    network_.world().trace("{}: starts", network_.name(place.host));
    ++place.starts;
    place.process = std::make_unique<TranslatorProcess>(
        TranslatorProcess::Parts{network_, tcp_, place.kind, gateways_, *place.journal}, place.host,
        *place.clock, place.starts);
}

void Translators::kill(Place& place, std::chrono::microseconds pause) {
    if (!place.process) return;
    network_.world().trace("{}: killed", network_.name(place.host));
    place.process.reset();
    network_.world().after(pause, [this, &place, starts = place.starts] {
        if (!place.process && place.starts == starts) start(place);
    });
}

void Translators::start_all() {
    for (auto& place : places_)
        if (!place.process) start(place);
}

void Translators::behave() {
    for (auto& place : places_)
        for (auto& miner : place.miners) miner->behave();
}

void Translators::rest() {
    for (auto& place : places_)
        for (auto& miner : place.miners) miner->mine(false);
}

}  // namespace simulation
