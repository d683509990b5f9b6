#include "simulation/pool/gateway_process.h"

#include <fmt/format.h>

#include <utility>

#include "bus/codec.h"
#include "simulation/parts/vardiff_replica.h"
#include "simulation/pool/scale.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

// What a turn of the loop takes.
constexpr auto turn = 50us;
constexpr auto tick_interval = 100ms;
constexpr auto sweep_interval = 1s;
constexpr auto moment = 10ms;

}  // namespace

GatewayProcess::GatewayProcess(const Surroundings& surroundings, Host host, ProcessClock& clock,
                               std::uint64_t incarnation)
    : surroundings_(surroundings),
      life_(surroundings.world),
      host_(host),
      clock_(clock),
      chance_(surroundings.world.fork(
          fmt::format("{}.{}", surroundings.network.name(host), incarnation))),
      redis_(surroundings.redis.connect(surroundings.network.name(host), life_.scheduler())),
      membership_(surroundings.world.loop(), *redis_, chance_,
                  {.partitions = scale::partitions,
                   .durability = surroundings.durability,
                   .address = surroundings.network.name(host)}),
      bans_(surroundings.world.loop(), *redis_) {
    membership_.join(
        [this](const ledger::PoolConfig& pool, mining::Epoch epoch) { on_joined(pool, epoch); },
        [this](const std::string& why) {
            world().violation("start", "a gateway cannot join for ever: " + why);
        },
        [this](const std::string& why) {
            world().trace("{}: cannot join yet, {}", surroundings_.network.name(host_), why);
        });
}

GatewayProcess::~GatewayProcess() = default;

void GatewayProcess::on_joined(const ledger::PoolConfig& pool, mining::Epoch epoch) {
    bus::DispatcherSettings settings;
    settings.epoch = epoch;
    settings.partitions = pool.partitions;
    settings.duplicate_key_fingerprint = pool.duplicate_key.fingerprint();
    settings.shares_a_batch = scale::shares_a_batch;
    settings.entries_a_partition = scale::entries_a_partition;
    settings.paced_a_partition = scale::paced_a_partition;
    switchboard_.emplace(
        gateway::Switchboard<GatewayProcess>::Parts{*this, clock_, metrics(), bans_.list()},
        settings);
    bus_.emplace(
        surroundings_.bus, host_, life_,
        [this](const std::string& worker, const std::string& frame) { on_frame(worker, frame); });
    subscription_.emplace(
        surroundings_.templates, host_, life_,
        [this](const mining::BlockTemplate& block_template) { on_template(block_template); });
    targets_.emplace(
        world().loop(), chance_,
        rpc::TargetClient::Options{.replicas = surroundings_.vardiffs, .gateway_epoch = epoch},
        dial_targets(surroundings_.directory, host_, life_));
    targets_->start([this](const rpc::TargetProposal& proposal) {
        switchboard_->on_proposal(proposal.channel, proposal.target);
    });
    world().trace("{}: joined, epoch {}", surroundings_.network.name(host_), epoch.value);
    bans_.start([this] { open_if_possible(); });
    joined_at_ = clock_.steady_now();
    life_.every(tick_interval, [this] { tick(); });
    life_.every(sweep_interval, [this] { sweep(); });
}

void GatewayProcess::on_frame(const std::string& worker, const std::string& frame) {
    const auto message = bus::decode_to_gateway(frame);
    if (!message) return world().violation("bus", "a gateway cannot read what a worker sent");
    switchboard_->dispatcher().on_message(worker, *message, clock_.steady_now());
    flush_soon();
}

void GatewayProcess::on_template(const mining::BlockTemplate& block_template) {
    const bool is_new_tip = work_.set_current(block_template);
    const auto now = clock_.steady_now();
    if (is_new_tip) tip_since_ = now;
    using enum gateway::Session::TemplateChange;
    switchboard_->on_template(block_template.tip.prev_hash, is_new_tip ? new_tip : refresh, now);
    if (is_new_tip) flush_soon();
    open_if_possible();
}

void GatewayProcess::open_if_possible() {
    if (listener_ || is_fenced_ || !bans_.is_known() || work_.current() == nullptr) return;
    listener_.emplace(surroundings_.tcp, host_, life_,
                      [this](std::unique_ptr<TcpEnd> socket) { admit(std::move(socket)); });
}

void GatewayProcess::admit(std::unique_ptr<TcpEnd> socket) {
    const gateway::ConnectionId id{++last_id_};
    const auto connection = std::make_shared<GatewayConnection>(id, std::move(socket), *this);
    connections_.emplace(id.value, connection);
    connection->start();
}

void GatewayProcess::take(gateway::ConnectionId connection, bus::Partition partition,
                          const gateway::Effects& effects) {
    switchboard_->take(connection, partition, effects);
    flush_soon();
}

void GatewayProcess::wait_a_moment(std::shared_ptr<GatewayConnection> connection) {
    paced_.add(std::move(connection));
    if (paced_.size() == 1) life_.after(moment, [this] { paced_.call(); });
}

void GatewayProcess::flush_connection_soon(std::shared_ptr<GatewayConnection> connection) {
    if (to_flush_.empty())
        life_.after(turn, [this] {
            for (const auto& one : std::exchange(to_flush_, {})) one->flush();
        });
    to_flush_.push_back(std::move(connection));
}

void GatewayProcess::ended(GatewayConnection& connection, std::string_view reason) {
    world().trace("{}: connection {} closed, {}", surroundings_.network.name(host_),
                  connection.id().value, reason);
    const auto found = connections_.find(connection.id().value);
    ended_.push_back(std::move(found->second));
    connections_.erase(found);
    if (ended_.size() == 1) life_.after(turn, [this] { close_channels_of_ended(); });
}

void GatewayProcess::close_channels_of_ended() {
    if (ended_.front()->close_some_channels()) ended_.pop_front();
    if (!ended_.empty()) life_.after(turn, [this] { close_channels_of_ended(); });
}

GatewayConnection* GatewayProcess::find(gateway::ConnectionId id) const {
    const auto found = connections_.find(id.value);
    return found == connections_.end() ? nullptr : found->second.get();
}

std::size_t GatewayProcess::unsent_to(Host miner) const {
    std::size_t sum = 0;
    for (const auto& [id, connection] : connections_)
        if (connection->miner() == miner) sum += connection->unsent();
    return sum;
}

void GatewayProcess::fenced(const std::string& reason) {
    if (std::exchange(is_fenced_, true)) return;
    world().trace("{}: fenced, {}", surroundings_.network.name(host_), reason);
}

void GatewayProcess::tick() {
    switchboard_->dispatcher().on_tick(clock_.steady_now());
    flush();
}

void GatewayProcess::sweep() {
    const auto now = clock_.steady_now();
    for_each([now](GatewayConnection& connection) { connection.check_deadlines(now); });
}

void GatewayProcess::flush_soon() {
    if (std::exchange(is_flush_due_, true)) return;
    life_.after(turn, [this] {
        is_flush_due_ = false;
        flush();
    });
}

void GatewayProcess::flush_in_time() {
    if (is_timer_set_) return;
    const auto now = clock_.steady_now();
    const auto next = dispatcher().next_flush_at(now);
    if (!next) return;
    is_timer_set_ = true;
    life_.after(std::chrono::ceil<std::chrono::microseconds>(*next - now), [this] {
        is_timer_set_ = false;
        flush();
    });
}

void GatewayProcess::flush() {
    switchboard_->flush();
    flush_in_time();
    paused_.call();
}

}  // namespace simulation
