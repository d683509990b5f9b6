#include "simulation/network.h"

#include <algorithm>

namespace simulation {
namespace {

using namespace std::chrono_literals;

// A network of one place, and what retransmissions and busy machines make of it now and then.
constexpr auto delay_min = 30us;
constexpr auto delay_usual = 400us;
constexpr auto delay_rare = 40'000us;
constexpr double rare = 0.005;

std::pair<std::uint32_t, std::uint32_t> pair_of(Host a, Host b) {
    return std::minmax(a.value, b.value);
}

}  // namespace

Host Network::host(std::string_view name) {
    const auto found = std::ranges::find(hosts_, name, &HostState::name);
    const auto index = found - hosts_.begin();
    if (found == hosts_.end()) hosts_.push_back({.name = std::string{name}, .isolated_until = {}});
    return {static_cast<std::uint32_t>(index)};
}

void Network::part(Host a, Host b, std::chrono::microseconds span) {
    auto& until = parted_until_[pair_of(a, b)];
    until = std::max(until, world_.now() + span);
}

void Network::isolate(Host host, std::chrono::microseconds span) {
    auto& until = hosts_[host.value].isolated_until;
    until = std::max(until, world_.now() + span);
}

void Network::slow_down(unsigned times, std::chrono::microseconds span) {
    slowness_ = times;
    slow_until_ = world_.now() + span;
}

void Network::heal() {
    parted_until_.clear();
    for (auto& host : hosts_) host.isolated_until = {};
    slow_until_ = {};
}

bool Network::reaches(Host a, Host b) const {
    if (a == b) return true;
    const auto now = world_.now();
    if (hosts_[a.value].isolated_until > now || hosts_[b.value].isolated_until > now) return false;
    if (parted_until_.empty()) return true;
    const auto parted = parted_until_.find(pair_of(a, b));
    return parted == parted_until_.end() || parted->second <= now;
}

std::chrono::microseconds Network::delay() {
    const auto up_to = chance_.happens(rare) ? delay_rare : delay_usual;
    const auto wait = delay_min + std::chrono::microseconds{
                                      chance_.below(static_cast<std::uint64_t>(up_to.count()))};
    return slow_until_ > world_.now() ? wait * slowness_ : wait;
}

}  // namespace simulation
