#include "simulation/pool/faults.h"

#include <algorithm>
#include <utility>

#include "simulation/pool/fault_rate.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 100ms;
// More, and shares of honest miners have an ntime that is not valid.
constexpr std::int64_t clock_wrong_max_s = 30 * 60;

}  // namespace

Faults::Faults(Pool& pool)
    : pool_(pool), chance_(pool.world().fork("faults")), redis_(pool), translators_(pool) {
    const auto rate = [this](double usual) { return fault_rate(chance_, 0.4, usual); };
    rates_ = {.gateway_killed = rate(0.02),
              .worker_killed = rate(0.05),
              .miner_killed = rate(0.05),
              .miner_vanishes = rate(0.02),
              .all_workers_killed = rate(0.01),
              .isolated = rate(0.02),
              .parted = rate(0.04),
              .slow = rate(0.02),
              .pipes_broken = rate(0.03),
              .frozen = rate(0.03),
              .clock_jumps = rate(0.03),
              .template_parts = rate(0.06),
              .vardiff_killed = rate(0.04)};
    for (const auto& slot : pool.gateways()) service_hosts_.push_back(slot.host);
    for (const auto& slot : pool.workers()) service_hosts_.push_back(slot.host);
    for (const auto& address : pool.templates().parts().addresses())
        service_hosts_.push_back(pool.network().host(address));
    for (const auto& slot : pool.vardiffs()) service_hosts_.push_back(slot.host);
    auto& nodes = pool.templates().parts().nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) service_hosts_.push_back(nodes.at(i).host());
}

void Faults::begin() {
    is_on_ = true;
    look();
}

void Faults::heal() {
    auto& world = pool_.world();
    world.trace("all is healed");
    is_on_ = false;
    pool_.network().heal();
    pool_.disturbances().heal();
    pool_.redis().heal();
    pool_.templates().parts().heal();
    pool_.start_all();
    for (auto& slot : pool_.gateways()) slot.clock->set_offset(0us);
    for (auto& slot : pool_.workers()) slot.clock->set_offset(0us);
    for (auto& slot : pool_.vardiffs()) slot.clock->set_offset(0us);
    for (auto& place : pool_.translators().all()) place.clock->set_offset(0us);
}

bool Faults::happens(double a_second) {
    return chance_.happens(a_second * std::chrono::duration<double>(look_interval).count());
}

std::chrono::microseconds Faults::span(std::chrono::milliseconds least,
                                       std::chrono::milliseconds most) {
    return std::chrono::milliseconds{chance_.between(static_cast<std::uint64_t>(least.count()),
                                                     static_cast<std::uint64_t>(most.count()))};
}

Host Faults::some_host() {
    return service_hosts_[static_cast<std::size_t>(chance_.below(service_hosts_.size()))];
}

void Faults::look() {
    if (!is_on_) return;
    kill_processes();
    disturb_network();
    if (happens(rates_.frozen)) freeze_somebody();
    redis_.look();
    translators_.look();
    if (happens(rates_.template_parts)) pool_.templates().parts().fail();
    if (happens(rates_.clock_jumps)) {
        auto& gateways = pool_.gateways();
        auto& slot = gateways[static_cast<std::size_t>(chance_.below(gateways.size()))];
        const auto offset = std::chrono::seconds{
            static_cast<std::int64_t>(chance_.below(2 * clock_wrong_max_s)) - clock_wrong_max_s};
        pool_.world().trace("{}: its clock is wrong by {} s", pool_.name(slot.host),
                            offset.count());
        slot.clock->set_offset(offset);
    }
    pool_.world().after(look_interval, [this] { look(); });
}

void Faults::kill_processes() {
    for (auto& slot : pool_.gateways())
        if (happens(rates_.gateway_killed)) pool_.kill(slot, span(100ms, 5s));
    for (auto& slot : pool_.workers())
        if (happens(rates_.worker_killed)) pool_.kill(slot, span(100ms, 5s));
    for (auto& slot : pool_.vardiffs())
        if (happens(rates_.vardiff_killed)) pool_.kill(slot, span(100ms, 10s));
    if (happens(rates_.all_workers_killed)) {
        const auto pause = span(100ms, 6s);
        for (auto& slot : pool_.workers()) pool_.kill(slot, pause);
    }
    auto& miners = pool_.miners();
    auto& miner = *miners[static_cast<std::size_t>(chance_.below(miners.size()))];
    if (happens(rates_.miner_killed)) {
        pool_.world().trace("{}: killed", miner.journal().name());
        miner.kill(span(100ms, 5s));
    }
    if (happens(rates_.miner_vanishes)) {
        const auto away = span(1s, 20s);
        pool_.world().trace("{}: vanishes for {} ms", miner.journal().name(), away / 1ms);
        pool_.disturbances().of(miner.host(), away);
        pool_.network().isolate(miner.host(), away);
        if (chance_.happens(0.5)) miner.kill(away);
    }
}

void Faults::disturb_network() {
    auto& network = pool_.network();
    auto& disturbances = pool_.disturbances();
    if (happens(rates_.isolated)) {
        const auto host = some_host();
        const auto wait = span(200ms, 8s);
        pool_.world().trace("{}: isolated for {} ms", pool_.name(host), wait / 1ms);
        network.isolate(host, wait);
        disturbances.of(host, wait);
    }
    if (happens(rates_.parted)) {
        const auto a = some_host();
        const auto b = some_host();
        const auto wait = span(200ms, 10s);
        pool_.world().trace("{} and {} are parted for {} ms", pool_.name(a), pool_.name(b),
                            wait / 1ms);
        network.part(a, b, wait);
        disturbances.of(a, wait);
        disturbances.of(b, wait);
    }
    if (happens(rates_.slow)) {
        const auto wait = span(500ms, 5s);
        const auto times = static_cast<unsigned>(chance_.between(2, 200));
        pool_.world().trace("all is {} times as slow for {} ms", times, wait / 1ms);
        network.slow_down(times, wait);
        // What was sent last takes its time, too.
        disturbances.of_all(wait + 40ms * times);
    }
    if (happens(rates_.pipes_broken)) pool_.bus().break_pipes_of(some_host());
}

void Faults::freeze_somebody() {
    const auto wait = span(100ms, 6s);
    const auto freeze = [&](Host host, auto& process) {
        pool_.world().trace("{}: frozen for {} ms", pool_.name(host), wait / 1ms);
        pool_.disturbances().frozen(host, wait);
        process.freeze(wait);
    };
    switch (chance_.below(3)) {
        case 0: {
            auto& slots = pool_.gateways();
            auto& slot = slots[static_cast<std::size_t>(chance_.below(slots.size()))];
            if (slot.process) freeze(slot.host, slot.process->life());
            break;
        }
        case 1: {
            auto& slots = pool_.workers();
            auto& slot = slots[static_cast<std::size_t>(chance_.below(slots.size()))];
            if (slot.process) freeze(slot.host, slot.process->life());
            break;
        }
        default: {
            auto& miners = pool_.miners();
            auto& miner = *miners[static_cast<std::size_t>(chance_.below(miners.size()))];
            freeze(miner.host(), miner);
        }
    }
}

}  // namespace simulation
