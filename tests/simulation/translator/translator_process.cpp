#include "simulation/translator/translator_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace simulation {
namespace {

using namespace std::chrono_literals;

// As in translator::Translator and translator::MinerFront.
constexpr auto tick_interval = 50ms;
constexpr auto sweep_interval = 1s;

}  // namespace

TranslatorProcess::TranslatorProcess(const Parts& parts, Host host, ProcessClock& clock,
                                     std::uint64_t incarnation)
    : parts_(parts),
      life_(parts.network.world()),
      host_(host),
      clock_(clock),
      chance_(
          parts.network.world().fork(fmt::format("{}.{}", parts.network.name(host), incarnation))),
      started_at_(clock.steady_now()),
      dialer_(parts.tcp, host, life_, parts.journal,
              [this](const std::string& name) { return resolve(name); }),
      pools_({.loop = life_.world().loop(),
              .clock = clock,
              .random = chance_,
              .dialer = dialer_,
              .registry = registry_},
             parts.kind.pools),
      miners_(channels_of_miners(), parts.kind.miners, metrics_, chance_, clock),
      listener_(parts.tcp, host, life_,
                [this](std::unique_ptr<TcpEnd> socket) { admit(std::move(socket)); }) {
    pools_.start();
    life_.every(tick_interval, [this] { miners_.on_time(); });
    life_.every(sweep_interval, [this] { every_second(); });
}

TranslatorProcess::~TranslatorProcess() {
    // It was killed: sessions and channels that end now say nothing any more.
    dialer_.cut();
}

Host TranslatorProcess::resolve(const std::string& name) {
    if (name != any_gateway) return parts_.network.host(name);
    return parts_.gateways[static_cast<std::size_t>(chance_.below(parts_.gateways.size()))];
}

translator::Channels& TranslatorProcess::channels_of_miners() {
    if (parts_.kind.mode == translator::Mode::per_miner) return pools_;
    aggregate_metrics_.emplace(registry_);
    aggregate_.emplace(pools_, parts_.kind.aggregate, clock_, *aggregate_metrics_,
                       [this] { life_.after(0us, [this] { aggregate_->turn(); }); });
    return *aggregate_;
}

/// Who comes while there has been no pool for long is let go at once.
bool TranslatorProcess::serves() const {
    return pools_.is_served() ||
           clock_.steady_now() - pools_.unserved_since() < parts_.kind.miners.leave_after;
}

void TranslatorProcess::admit(std::unique_ptr<TcpEnd> socket) {
    if (!serves()) return;
    const auto connection =
        std::make_shared<TranslatorConnection>(++last_id_, std::move(socket), *this);
    connections_.emplace(last_id_, connection);
    connection->start();
}

void TranslatorProcess::ended(TranslatorConnection& connection, std::string_view reason) {
    life_.world().trace("{}: connection {} closed, {}", parts_.network.name(host_), connection.id(),
                        reason);
    const auto found = connections_.find(connection.id());
    ended_.push_back(std::move(found->second));
    connections_.erase(found);
    if (ended_.size() == 1) life_.after(0us, [this] { bury_ended(); });
}

void TranslatorProcess::bury_ended() {
    for (const auto& connection : std::exchange(ended_, {})) connection->bury();
}

void TranslatorProcess::every_second() {
    if (aggregate_) aggregate_->tick();
    const auto now = clock_.steady_now();
    // Acting may close a connection, which takes it out of the map.
    for (auto next = connections_.begin(); next != connections_.end();) {
        const auto connection = next->second;
        ++next;
        connection->on_tick(now);
    }
}

std::size_t TranslatorProcess::unsent_to(Host miner) const {
    std::size_t sum = 0;
    for (const auto& [id, connection] : connections_)
        if (connection->miner() == miner) sum += connection->unsent();
    return sum;
}

std::size_t TranslatorProcess::most_unsent() const {
    std::size_t most = 0;
    for (const auto& [id, connection] : connections_) most = std::max(most, connection->unsent());
    return most;
}

}  // namespace simulation
