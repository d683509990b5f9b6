#include "channel-manager/process.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/log.h"
#include "bitcoin/sha256_kernels.h"
#include "channel-manager/problem_watch.h"
#include "channel-manager/solution_outcome.h"
#include "ledger/keys.h"
#include "ledger/members.h"
#include "ledger/redis_metrics.h"
#include "ledger/redis_problem.h"
#include "mining/coinbase_limits.h"
#include "mining/job.h"
#include "redis/spread_client.h"
#include "rpc/template_codec.h"

namespace channel_manager {
namespace {

constexpr std::chrono::milliseconds tick_interval{25};
// As many batches as may share an fsync of Redis. Four are half as many fsyncs as one.
constexpr std::size_t redis_connections = 4;
constexpr std::chrono::milliseconds pool_config_retry{500};
/// How long a batch may wait before the watchdog names what it waits for.
constexpr std::chrono::milliseconds stage_wait_max{5'000};

TemplateSearch::Answer to_answer(
    const base::Result<mining::BlockTemplate, rpc::FetchError>& result) {
    if (result) return TemplateSearch::Answer::found;
    return result.error() == rpc::FetchError::unknown ? TemplateSearch::Answer::unknown
                                                      : TemplateSearch::Answer::unavailable;
}

std::string refusal_id(std::string_view gateway) {
    return fmt::format("gateway-refuses:{}", gateway);
}

}  // namespace

/// The worker's ports onto the real world.
class Process::Ports final : public Templates, public Solutions, public Commits, public Gateways {
  public:
    explicit Ports(Process& process) : process_(process) {}

    const mining::BlockTemplate* find(mining::TemplateRef ref) const override {
        return process_.templates_.find(ref);
    }
    bool seek(mining::TemplateRef ref) const override {
        return process_.search_.seek(ref, process_.clock_.steady_now());
    }
    void submit(const FoundBlock& block, std::function<void(SolutionOutcome)> done) override {
        process_.chassis_.watchdog().event("solution sent", block.channel.value);
        process_.templates_.submit_solution(
            {block.solution.template_ref, block.solution.header, block.solution.coinbase,
             block.channel, block.user_identity},
            [done = std::move(done)](const auto& result) { done(to_outcome(result)); });
    }
    void commit(const ledger::Commit& commit, ledger::Ledger::Callback done) override {
        process_.chassis_.watchdog().event("commit sent", commit.sequence);
        process_.ledger_->commit(commit, std::move(done));
    }
    void send(std::size_t gateway, const bus::ToGateway& message) override {
        if (const auto* result = std::get_if<bus::Result>(&message))
            process_.chassis_.watchdog().event("batch answered", result->sequence);
        process_.bus_->send(gateway, message);
    }

  private:
    Process& process_;
};

Process::Process(const Config& config, const base::Clock& clock, base::Random& random,
                 service::Chassis& chassis)
    : config_(config),
      clock_(clock),
      random_(random),
      chassis_(chassis),
      metrics_(chassis.metrics()),
      ledger_stage_(chassis.watchdog().add_stage("ledger", stage_wait_max)),
      template_stage_(chassis.watchdog().add_stage("template", stage_wait_max)),
      solution_stage_(chassis.watchdog().add_stage("solution", stage_wait_max)),
      id_{random.next_u64()},
      redis_(redis::make_spread_client(chassis.loop().context(), config.ledger.redis,
                                       redis_connections, clock, random)),
      bans_(chassis.loop().context(), *redis_),
      tick_timer_(chassis.loop().context()),
      beat_timer_(chassis.loop().context()),
      templates_(chassis.loop().context(), random, {.subscriber = "channel-manager"}),
      template_names_(
          chassis.loop().context(), config.templates,
          [this](const auto& addresses) {
              templates_.set_replicas(service::texts(addresses));
              metrics_.template_replicas_configured.set(static_cast<double>(addresses.size()));
          }),
      search_(
          {.ask_replicas =
               [this](mining::TemplateRef ref, TemplateSearch::OnAnswer done) {
                   templates_.fetch(ref, [done = std::move(done)](const auto& result) {
                       done(to_answer(result));
                   });
               },
           .ask_redis = [this](mining::TemplateRef ref,
                               TemplateSearch::OnAnswer done) { ask_redis(ref, std::move(done)); },
           .on_found =
               [this] {
                   metrics_.fetched_templates.add();
                   if (worker_) worker_->on_template();
               }}),
      ports_(std::make_unique<Ports>(*this)) {
    base::log_info("hashing", {{"sha256", bitcoin::best_sha256_kernel().name}});
    chassis_.health().set_not_ready("pool", "its configuration is not known yet");
    ledger::publish_redis(chassis_.metrics(), *redis_);
    watch();
    show_health();
}

Process::~Process() = default;

void Process::watch() {
    auto& problems = chassis_.problems();
    ledger::watch_redis(problems, *redis_, config_.ledger.redis,
                        service::Problems::Severity::critical,
                        "no share is acknowledged and no channel opened");
    watch_problems(problems, {.clock = clock_,
                              .templates = templates_,
                              .template_replicas = config_.templates,
                              .log_bytes_max = config_.share_log.bytes_max,
                              .worker = [this] { return worker_ ? &*worker_ : nullptr; },
                              .ledger = [this] { return ledger_ ? &*ledger_ : nullptr; }});
}

void Process::start() {
    template_names_.start();
    templates_.start([this](const mining::BlockTemplate& block_template) {
        chassis_.watchdog().event("template", block_template.ref.value);
        check_payout(block_template);
        if (worker_) worker_->on_template();
    });
    ask_for_pool_config();
    tick();
}

void Process::ask_for_pool_config() {
    ledger::load_pool_config(
        *redis_, random_, config_.ledger.partitions, config_.ledger.durability,
        [this](const base::Result<ledger::PoolConfig, ledger::PoolConfigFailure>& pool) {
            if (pool) return take_work(*pool);
            if (pool.error().kind != ledger::PoolConfigError::unavailable) {
                // Thrown from a turn of its own: here hiredis, which is C, is below us.
                chassis_.loop().post(
                    [text = pool.error().text] { throw std::runtime_error(text); });
                return;
            }
            beat_timer_.expires_after(pool_config_retry);
            beat_timer_.async_wait([this](const boost::system::error_code& error) {
                if (!error && !is_draining_) ask_for_pool_config();
            });
        });
}

void Process::take_work(const ledger::PoolConfig& pool) {
    if (is_draining_) return;
    ledger::LedgerSettings ledger_settings;
    ledger_settings.duplicate_key = pool.duplicate_key;
    ledger_settings.durability = config_.ledger.durability;
    ledger_settings.log = config_.share_log;
    ledger_settings.script = config_.commit_script;
    ledger_.emplace(*redis_, ledger_settings);

    WorkerSettings settings;
    settings.id = id_;
    settings.partitions = pool.partitions;
    settings.policy = config_.policy;
    bans_.start([] {});
    settings.policy.is_banned = [this](std::string_view user_identity) {
        return bans_.list().find(user_identity, clock_.unix_now()) != nullptr;
    };
    worker_.emplace(std::move(settings), clock_, Worker::Ports{*ports_, *ports_, *ports_, *ports_},
                    metrics_);
    if (config_.allow_file)
        allow_list_file_.emplace(chassis_.loop().context(), *config_.allow_file,
                                 [this](auto list) { worker_->allow(std::move(list)); });

    bus::Ready ready;
    ready.worker = id_;
    ready.derivation_versions = {mining::derivation_version};
    ready.partitions = pool.partitions;
    ready.duplicate_key_fingerprint = pool.duplicate_key.fingerprint();
    ready.credits = config_.credits;
    bus::WorkerBus::Handlers handlers;
    handlers.on_batch = [this](std::size_t gateway, bus::Batch batch, std::string bytes) {
        chassis_.watchdog().event("batch came", batch.sequence);
        worker_->on_batch(gateway, std::move(batch), std::move(bytes));
    };
    handlers.on_scan = [this](std::size_t gateway, bus::Scan scan) {
        chassis_.watchdog().event("scan came", scan.number);
        worker_->on_scan(gateway, std::move(scan));
    };
    handlers.on_hello = [this](std::size_t gateway, mining::Epoch epoch) {
        chassis_.problems().clear(refusal_id(bus_->address_of(gateway)));
        base::log_debug("welcomed",
                        {{"gateway", bus_->address_of(gateway)}, {"epoch", epoch.value}});
    };
    handlers.on_refusal = [this](std::size_t gateway, const std::string& reason) {
        refusal_ = reason;
        chassis_.problems().raise(refusal_id(bus_->address_of(gateway)),
                                  service::Problems::Severity::critical,
                                  "The gateway at " + std::string{bus_->address_of(gateway)} +
                                      " gives this worker no work: " + reason);
        base::log_error("a gateway gives us no work",
                        {{"gateway", bus_->address_of(gateway)}, {"reason", reason}});
    };
    bus_.emplace(chassis_.loop().context(), zmq_, std::move(ready), std::move(handlers));
    gateway_names_.emplace(chassis_.loop().context(), config_.gateways,
                           [this](const auto& addresses) { follow_gateways(addresses); });
    gateway_names_->start();
    chassis_.health().set_ready("pool");
    base::log_info("worker started", {{"id", id_.value}, {"partitions", pool.partitions}});
    beat();
}

void Process::tick() {
    if (worker_) worker_->on_tick();
    show_health();
    if (is_draining_ && (!worker_ || worker_->held() == 0)) return chassis_.drained();
    tick_timer_.expires_after(tick_interval);
    tick_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) tick();
    });
}

/// What the leader stores before it streams (`template` of the record).
void Process::ask_redis(mining::TemplateRef ref, TemplateSearch::OnAnswer done) {
    redis_->command(
        {"HGET", ledger::keys::template_record(ref), "template"},
        [this, ref, done = std::move(done)](const auto& reply) {
            using Answer = TemplateSearch::Answer;
            if (!reply) return done(Answer::unavailable);
            if (reply->string() == nullptr) return done(Answer::unknown);
            auto block_template = rpc::parse_template(*reply->string());
            if (!block_template || block_template->ref != ref) {
                base::log_error("Redis holds what is no template", {{"template", ref.value}});
                return done(Answer::unknown);
            }
            templates_.keep(std::move(*block_template));
            done(Answer::found);
        });
}

void Process::beat() {
    ledger::beat(*redis_, {"channel-manager", id_.value, service::to_string(config_.chassis.grpc)});
    beat_timer_.expires_after(ledger::beat_interval);
    beat_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error && !is_draining_) beat();
    });
}

void Process::follow_gateways(const service::NameWatch::Addresses& addresses) {
    // Who is not named any more refuses nothing; who still does says so again at once.
    chassis_.problems().show_group(refusal_id(""), {});
    bus_->set_gateways(service::texts(addresses));
    metrics_.gateways_configured.set(static_cast<double>(addresses.size()));
    // Also of those that are named no more, and still have a connection.
    worker_->set_held_max(std::size_t{config_.credits} *
                          std::max<std::size_t>(bus_->gateways(), 1));
}

void Process::show_health() {
    auto& health = chassis_.health();
    if (redis_->is_connected())
        health.set_ready("redis");
    else
        health.set_not_ready("redis", "no connection");
    const bool has_template = templates_.replicas_in_sync() > 0 && templates_.current() != nullptr;
    if (has_template)
        health.set_ready("template");
    else
        health.set_not_ready("template", "no replica streams one");
    metrics_.template_replicas.set(static_cast<double>(templates_.replicas_in_sync()));
    show_log();
    if (bus_) show_gateways();
    publish(ledger_stage_, bus::WaitsFor::ledger);
    publish(template_stage_, bus::WaitsFor::templates);
    publish(solution_stage_, bus::WaitsFor::solution);
}

/// A worker that no gateway gives work is not ready, so that whoever replaces the others by its
/// like, one after the other, stops at the first.
void Process::show_gateways() {
    const auto met = bus_->gateways_met();
    metrics_.gateways.set(static_cast<double>(met));
    if (met == 0 && bus_->gateways_refusing() != 0)
        chassis_.health().set_not_ready("gateways", "no gateway gives it work: " + refusal_);
    else
        chassis_.health().set_ready("gateways");
}

void Process::show_log() {
    if (!ledger_) return;
    std::uint64_t most = 0;
    for (const auto& [partition, log] : ledger_->logs()) most = std::max(most, log.bytes);
    metrics_.log_bytes.set(static_cast<double>(most));
    metrics_.log_alarms.set(static_cast<double>(ledger_->log_alarms()));
}

/// What the pool pays, whoever finds the block; in solo mode its fee. An alarm before a miner's
/// block is invalid for it: gateways give no such jobs.
void Process::check_payout(const mining::BlockTemplate& block_template) {
    const auto why =
        mining::misfit(block_template, mining::coinbase_cost_max(config_.policy.payout.pool));
    metrics_.payout_fits.set(why ? 0 : 1);
    if (why.has_value() != does_payout_fit_) return;
    does_payout_fit_ = !why;
    chassis_.problems().show("payout-misfit", service::Problems::Severity::critical,
                             why ? std::optional{"The pool's payout does not fit a block, gateways "
                                                 "give no jobs for it: " +
                                                 *why}
                                 : std::nullopt);
    if (why) {
        base::log_error("the pool's payout does not fit a block",
                        {{"template", block_template.ref.value}, {"reason", *why}});
        chassis_.health().set_not_ready("payout", *why);
    } else {
        base::log_info("the pool's payout fits blocks again");
        chassis_.health().set_ready("payout");
    }
}

void Process::publish(service::Stage& stage, bus::WaitsFor waits_for) {
    const auto queue = worker_ ? worker_->queue(waits_for) : Worker::Queue{};
    if (queue.depth == 0)
        stage.publish_empty();
    else
        stage.publish(queue.depth, queue.oldest,
                      service::StageEntry{"batch", queue.sequence}
                          .of("partition", queue.partition.value)
                          .of("gateway", queue.gateway.value));
}

void Process::drain() {
    is_draining_ = true;
    beat_timer_.cancel();
    bans_.stop();
    if (allow_list_file_) allow_list_file_->stop();
    if (bus_) bus_->say_goodbye();
    ledger::leave(*redis_,
                  {"channel-manager", id_.value, service::to_string(config_.chassis.grpc)});
}

}  // namespace channel_manager
