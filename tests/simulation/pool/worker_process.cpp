#include "simulation/pool/worker_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "bus/codec.h"
#include "ledger/keys.h"
#include "ledger/pool_config.h"
#include "mining/job.h"
#include "mining/records_testing.h"
#include "rpc/template_codec.h"
#include "simulation/pool/scale.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;
using channel_manager::TemplateSearch;

constexpr auto tick_interval = 25ms;
constexpr auto ready_interval = 500ms;

constexpr auto pool_config_retry = 500ms;

TemplateSearch::Answer to_answer(
    const base::Result<mining::BlockTemplate, rpc::FetchError>& fetched) {
    using enum TemplateSearch::Answer;
    if (fetched) return found;
    return fetched.error() == rpc::FetchError::unknown ? unknown : unavailable;
}

}  // namespace

WorkerProcess::WorkerProcess(const Surroundings& surroundings, Host host, ProcessClock& clock,
                             std::vector<Host> gateways, channel_manager::Metrics& metrics,
                             std::uint64_t incarnation)
    : surroundings_(surroundings),
      life_(surroundings.world),
      host_(host),
      clock_(clock),
      gateways_(std::move(gateways)),
      metrics_(metrics),
      chance_(surroundings.world.fork(
          fmt::format("{}.{}", surroundings.network.name(host), incarnation))),
      id_{chance_.next()},
      redis_(surroundings.redis.connect(surroundings.network.name(host), life_.scheduler())),
      templates_(surroundings.templates, host, life_,
                 [this](const mining::BlockTemplate&) {
                     if (worker_) worker_->on_template();
                 }),
      search_(
          {.ask_replicas =
               [this](mining::TemplateRef ref, TemplateSearch::OnAnswer done) {
                   templates_.client().fetch(ref, [done = std::move(done)](const auto& result) {
                       done(to_answer(result));
                   });
               },
           .ask_redis = [this](mining::TemplateRef ref,
                               TemplateSearch::OnAnswer done) { ask_redis(ref, std::move(done)); },
           .on_found =
               [this] {
                   if (worker_) worker_->on_template();
               }}) {
    ask_for_pool_config();
}

WorkerProcess::~WorkerProcess() = default;

void WorkerProcess::ask_for_pool_config() {
    ledger::load_pool_config(
        *redis_, chance_, scale::partitions, surroundings_.durability,
        [this](const base::Result<ledger::PoolConfig, ledger::PoolConfigFailure>& pool) {
            if (pool) return take_work(*pool);
            if (pool.error().kind != ledger::PoolConfigError::unavailable)
                return surroundings_.world.violation(
                    "start", "a worker cannot start for ever: " + pool.error().text);
            life_.after(pool_config_retry, [this] { ask_for_pool_config(); });
        });
}

void WorkerProcess::take_work(const ledger::PoolConfig& pool) {
    ledger::LedgerSettings ledger_settings;
    ledger_settings.duplicate_key = pool.duplicate_key;
    ledger_settings.durability = surroundings_.durability;
    ledger_.emplace(*redis_, ledger_settings);
    channel_manager::WorkerSettings settings;
    settings.id = id_;
    settings.partitions = pool.partitions;
    settings.policy.payout.pool = mining::some_outputs();
    settings.held_max = scale::credits * gateways_.size();
    worker_.emplace(std::move(settings), clock_,
                    channel_manager::Worker::Ports{*this, *this, *this, *this}, metrics_);
    ready_.worker = id_;
    ready_.derivation_versions = {mining::derivation_version};
    ready_.partitions = pool.partitions;
    ready_.duplicate_key_fingerprint = pool.duplicate_key.fingerprint();
    ready_.credits = scale::credits;
    for (std::size_t i = 0; i < gateways_.size(); ++i)
        peers_.push_back({.end = std::make_unique<BusNet::WorkerEnd>(
                              surroundings_.bus, host_, life_, gateways_[i],
                              [this, i](const std::string& frame) { on_frame(i, frame); })});
    life_.every(tick_interval, [this] { worker_->on_tick(); });
    announce();
}

void WorkerProcess::ask_redis(mining::TemplateRef ref, TemplateSearch::OnAnswer done) {
    redis_->command({"HGET", ledger::keys::template_record(ref), "template"},
                    [this, ref, done = std::move(done)](const auto& reply) {
                        using enum TemplateSearch::Answer;
                        if (!reply) return done(unavailable);
                        if (reply->string() == nullptr) return done(unknown);
                        auto block_template = rpc::parse_template(*reply->string());
                        if (!block_template || block_template->ref != ref)
                            return surroundings_.world.violation("one template a name",
                                                                 "Redis holds what is no template");
                        templates_.client().keep(std::move(*block_template));
                        done(found);
                    });
}

void WorkerProcess::announce() {
    const auto frame = bus::encode(bus::ToGateway{ready_});
    for (auto& peer : peers_) peer.end->send(frame);
    life_.after(ready_interval, [this] { announce(); });
}

void WorkerProcess::on_frame(std::size_t gateway, const std::string& frame) {
    auto received = bus::decode_to_worker(frame);
    if (!received)
        return surroundings_.world.violation("bus", "a worker cannot read what a gateway sent");
    if (auto* batch = std::get_if<bus::Batch>(&received->message))
        return worker_->on_batch(gateway, std::move(*batch), std::move(received->batch_bytes));
    if (auto* scan = std::get_if<bus::Scan>(&received->message))
        return worker_->on_scan(gateway, std::move(*scan));
    if (const auto& hello = std::get<bus::Hello>(received->message); !hello.refusal.empty())
        surroundings_.world.violation("bus", "a gateway refuses a worker: " + hello.refusal);
}

std::size_t WorkerProcess::fullest_pipe() const {
    std::size_t most = 0;
    for (const auto& peer : peers_) most = std::max(most, peer.end->waiting());
    return most;
}

const mining::BlockTemplate* WorkerProcess::find(mining::TemplateRef ref) const {
    return templates_.client().find(ref);
}

bool WorkerProcess::seek(mining::TemplateRef ref) const {
    return search_.seek(ref, clock_.steady_now());
}

void WorkerProcess::submit(const channel_manager::FoundBlock& block,
                           std::function<void(channel_manager::SolutionOutcome)> done) {
    templates_.submit(block, std::move(done));
}

void WorkerProcess::commit(const ledger::Commit& commit, ledger::Ledger::Callback done) {
    ledger_->commit(commit, std::move(done));
}

void WorkerProcess::send(std::size_t gateway, const bus::ToGateway& message) {
    peers_[gateway].end->send(bus::encode(message));
}

}  // namespace simulation
