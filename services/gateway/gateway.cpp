#include "gateway/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "bitcoin/sha256_kernels.h"
#include "gateway/problem_watch.h"
#include "gateway/queue_metrics.h"
#include "ledger/redis_metrics.h"
#include "ledger/redis_problem.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 100ms;

// A share without an outcome for so long is a stall, and said to be one.
constexpr auto unacknowledged_max = 5s;

}  // namespace

Gateway::Member::Member(Gateway& gateway, const ledger::PoolConfig& pool, mining::Epoch of)
    : shell{gateway},
      switchboard({shell, gateway.clock_, gateway.metrics_, gateway.bans_.list()},
                  {.epoch = of,
                   .partitions = pool.partitions,
                   .duplicate_key_fingerprint = pool.duplicate_key.fingerprint()}),
      bus(gateway.chassis_.loop().context(), gateway.zmq_,
          service::to_string(gateway.config_.bus_listen),
          [&gateway](const std::string& worker, const bus::ToGateway& message) {
              gateway.member_->switchboard.dispatcher().on_message(worker, message,
                                                                   gateway.clock_.steady_now());
              gateway.flush_soon();
          }),
      targets(gateway.chassis_.loop().context(), gateway.random_, {.gateway_epoch = of}),
      vardiff_names(
          gateway.chassis_.loop().context(), gateway.config_.vardiff_replicas,
          [this](const auto& addresses) { targets.set_replicas(service::texts(addresses)); }) {}

bool Gateway::Shell::send(const std::string& worker, const std::string& frame) const {
    gateway.chassis_.watchdog().event("sent to a worker", frame.size());
    return gateway.member_->bus.send(worker, frame);
}

std::optional<bitcoin::Target> Gateway::Shell::proposed(mining::ChannelKey channel) const {
    return gateway.member_->targets.find(channel);
}

void Gateway::Shell::forget(mining::ChannelKey channel) const {
    gateway.member_->targets.forget(channel);
}

void Gateway::Shell::answered(const bus::Batch& batch) const {
    gateway.chassis_.watchdog().event("batch answered", batch.sequence);
}

void Gateway::Shell::fenced(const std::string& reason) const {
    gateway.is_fenced_ = true;
    gateway.fail("fenced: " + reason);
    if (gateway.is_stopping_) gateway.chassis_.drained();
}

Gateway::Gateway(const Config& config, const base::Clock& clock, base::Random& random,
                 const noise::GatewayIdentity& identity, service::Chassis& chassis)
    : config_(config),
      clock_(clock),
      chassis_(chassis),
      unacknowledged_(chassis.watchdog().add_stage("unacknowledged_shares", unacknowledged_max)),
      metrics_(chassis.metrics()),
      redis_(redis::make_client(chassis.loop().context(), config.ledger.redis, clock, random)),
      membership_(chassis.loop().context(), *redis_, random,
                  {.partitions = config.ledger.partitions,
                   .durability = config.ledger.durability,
                   .address = service::to_string(config.bus_listen)}),
      bans_(chassis.loop().context(), *redis_),
      front_({.loop = chassis.loop().context(),
              .clock = clock,
              .random = random,
              .identity = identity,
              .metrics = metrics_,
              .work = work_,
              .policy = config.policy,
              .bans = &bans_.list()},
             config.listen, config.limits),
      departures_(front_, clock, random),
      templates_(chassis.loop().context(), random, {.subscriber = "gateway"}),
      template_names_(
          chassis.loop().context(), config.template_replicas,
          [this](const auto& addresses) { templates_.set_replicas(service::texts(addresses)); }),
      random_(random),
      tick_timer_(chassis.loop().context()),
      flush_timer_(chassis.loop().context()) {
    base::log_info("hashing", {{"sha256", bitcoin::best_sha256_kernel().name}});
    chassis_.health().set_not_ready("pool", "not joined yet");
    chassis_.health().set_not_ready("template", "no template yet");
    chassis_.health().set_not_ready("workers", "no channel-manager has come yet");
    publish();
}

Gateway::~Gateway() = default;

void Gateway::start() {
    membership_.join(
        [this](const ledger::PoolConfig& pool, mining::Epoch epoch) { on_joined(pool, epoch); },
        [this](const std::string& why) { fail(why); },
        [this](const std::string& why) {
            base::log_warning("cannot join the pool yet", {{"reason", why}});
            chassis_.health().set_not_ready("pool", why);
        });
    template_names_.start();
    templates_.start(
        [this](const mining::BlockTemplate& block_template) { on_template(block_template); });
}

void Gateway::fail(const std::string& why) {
    failure_ = why;
    chassis_.stop(why);
}

void Gateway::on_joined(const ledger::PoolConfig& pool, mining::Epoch epoch) {
    try {
        member_.emplace(*this, pool, epoch);
    } catch (const std::runtime_error& error) {
        return fail(error.what());
    }
    base::log_info("joined the pool", {{"epoch", epoch.value}, {"partitions", pool.partitions}});
    chassis_.health().set_ready("pool");
    chassis_.watchdog().event("joined the pool", epoch.value);
    member_->vardiff_names.start();
    member_->targets.start([this](const rpc::TargetProposal& proposal) {
        member_->switchboard.on_proposal(proposal.channel, proposal.target);
    });
    if (const auto* current = work_.current())
        member_->switchboard.dispatcher().set_tip(current->tip.prev_hash, clock_.steady_now());
    bans_.start([this] { on_bans(); });
    tick();
    open_if_possible();
}

void Gateway::on_bans() {
    metrics_.bans.set(static_cast<double>(bans_.list().size()));
    front_.close_banned();
    if (member_) member_->switchboard.close_banned_channels();
    open_if_possible();
}

void Gateway::on_template(const mining::BlockTemplate& block_template) {
    const auto arrived_at = clock_.steady_now();
    const bool is_new_tip = work_.set_current(block_template);
    metrics_.templates.add();
    template_at_ = arrived_at;
    if (std::exchange(is_without_work_, false)) {
        base::log_info("work again", {{"template", block_template.ref.value}});
        front_.set_serving(true);
    }
    chassis_.health().set_ready("template");
    chassis_.watchdog().event("template", block_template.ref.value);
    if (member_) {
        using enum Session::TemplateChange;
        member_->switchboard.on_template(block_template.tip.prev_hash,
                                         is_new_tip ? new_tip : refresh, arrived_at);
        if (is_new_tip) flush_soon();
    }
    open_if_possible();
}

void Gateway::open_if_possible() {
    if (!member_ || !bans_.is_known() || work_.current() == nullptr || front_.is_accepting() ||
        is_stopping_ || is_drained_)
        return;
    front_.open(*this, member_->switchboard.keys());
    base::log_info("listening for miners", {{"address", service::to_string(config_.listen)}});
}

bus::Partition Gateway::partition_of(ConnectionId connection) const {
    return member_->switchboard.partition_of(connection);
}

bool Gateway::is_full(bus::Partition partition) const {
    return member_->switchboard.dispatcher().is_full(partition);
}

void Gateway::take(ConnectionId connection, bus::Partition partition, const Effects& effects) {
    member_->switchboard.take(connection, partition, effects);
    if (member_->switchboard.keys().is_exhausted())
        fail("all channel keys of this epoch are used up");
    flush_soon();
}

void Gateway::tick() {
    const auto now = clock_.steady_now();
    member_->switchboard.dispatcher().on_tick(now);
    meet_workers();
    if (!config_.policy.hold.is_none())
        front_.for_each([&](Connection& connection) {
            if (!connection.session()->holds_acknowledgements()) return;
            connection.act(
                [&](Session& session, Effects& effects) { session.on_time(now, effects); });
        });
    look_for_work(now);
    look_for_misfits();
    leave_in_time(now);
    departures_.on_tick(now);
    flush();
    tick_timer_.expires_after(tick_interval);
    tick_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) tick();
    });
}

/// They look our name up every few seconds: until the first of them comes nobody could open a
/// channel, and other gateways can serve. Who has had one stays ready without, as all do then.
void Gateway::meet_workers() {
    if (has_met_workers_ || dispatcher()->workers() == 0) return;
    has_met_workers_ = true;
    chassis_.health().set_ready("workers");
}

/// Without a template for too long every miner is sent away, so that it fails over instead of
/// hashing for nothing.
void Gateway::look_for_work(base::SteadyTime now) {
    const auto age_max = config_.template_age_max;
    if (is_without_work_ || age_max.count() == 0 || work_.current() == nullptr ||
        now - template_at_ <= age_max)
        return;
    is_without_work_ = true;
    const auto reason = fmt::format("no new template for {} s", age_max / 1s);
    base::log_error("no work for miners", {{"reason", reason}});
    chassis_.health().set_not_ready("template", reason);
    front_.set_serving(false);
    front_.for_each([](Connection& connection) {
        connection.act([](Session& session, Effects& effects) {
            session.close_all_channels("no-template", effects);
        });
        connection.flush();
        connection.close("no-template");
    });
}

/// Whom no block of the template can pay gets no jobs: an alarm as long as it is so.
void Gateway::look_for_misfits() {
    const auto& why = work_.misfit();
    metrics_.payouts_fit.set(why.empty() ? 1 : 0);
    if (why.empty() != has_misfits_) return;
    chassis_.problems().show(
        "payout-misfit", service::Problems::Severity::critical,
        why.empty()
            ? std::nullopt
            : std::optional{"No block can pay what some channels are to be paid, they get no "
                            "jobs: " +
                            why});
    has_misfits_ = !why.empty();
    if (has_misfits_) {
        base::log_error("no block can pay what channels are to be paid, they get no jobs",
                        {{"reason", why}});
        chassis_.health().set_not_ready("payout", why);
    } else {
        base::log_info("blocks can pay all channels again");
        chassis_.health().set_ready("payout");
    }
}

/// Once, after the handlers that are due now: what they leave goes out together (architecture D4).
void Gateway::flush_soon() {
    if (!member_ || std::exchange(is_flush_due_, true)) return;
    boost::asio::post(chassis_.loop().context(), [this] {
        is_flush_due_ = false;
        flush();
    });
}

/// Shares grow old, and paced events come due, also while nothing happens. One timer is enough:
/// what it was set for may have left with a batch since, and then it is set again for what waits;
/// what comes due before it is late by less than a share's age.
void Gateway::flush_in_time() {
    if (is_timer_set_) return;
    const auto next = dispatcher()->next_flush_at(clock_.steady_now());
    if (!next) return;
    is_timer_set_ = true;
    flush_timer_.expires_at(*next);
    flush_timer_.async_wait([this](const boost::system::error_code& error) {
        is_timer_set_ = false;
        if (!error) flush();
    });
}

void Gateway::flush() {
    member_->switchboard.flush();
    flush_in_time();
    publish_unacknowledged();
    departures_.end_answered();
    front_.drained();
    if (!is_stopping_ || leave_at_ || !departures_.is_over() || !front_.is_empty()) return;
    // The connections are gone; the ledger still has to know, and spares nobody by being slow.
    member_->switchboard.dispatcher().hurry();
    if (dispatcher()->is_idle()) {
        membership_.leave();
        chassis_.drained();
    }
}

void Gateway::publish_unacknowledged() {
    const auto& dispatcher = member_->switchboard.dispatcher();
    const auto oldest = dispatcher.oldest_entry();
    if (!oldest) return unacknowledged_.publish_empty();
    const service::StageEntry lane{"partition", oldest->partition.value};
    unacknowledged_.publish(
        dispatcher.unacknowledged_shares(), std::min(oldest->since, clock_.steady_now()),
        oldest->sequence == 0 ? lane
                              : service::StageEntry{"batch", oldest->sequence}.of(
                                    "partition", oldest->partition.value));
}

const bus::Dispatcher* Gateway::dispatcher() const {
    return member_ ? &member_->switchboard.dispatcher() : nullptr;
}

void Gateway::drain() {
    is_stopping_ = true;
    // What waits for the ledger would wait in vain: the miners do better elsewhere, at once.
    if (!member_ || is_fenced_) {
        bans_.stop();
        front_.stop_accepting();
        return chassis_.drained();
    }
    give_notice(config_.drain);
}

/// Who is not ready yet, or has not been for long, gets no miners that a notice could spare.
void Gateway::give_notice(const edge::DrainSettings& settings) {
    const auto now = clock_.steady_now();
    if (!leave_at_) leave_at_ = now + (front_.is_accepting() ? settings.notice : 0ms);
    leave_as_ = settings;
    leave_in_time(now);
}

void Gateway::leave_in_time(base::SteadyTime now) {
    if (!leave_at_ || now < *leave_at_) return;
    leave_at_.reset();
    if (is_stopping_) bans_.stop();
    if (front_.is_accepting()) front_.stop_accepting();
    front_.close_unfinished("drained");
    departures_.cancel();  // who was asked for another reason leaves at this pace, too
    if (const auto asked = departures_.add(miners(), leave_as_))
        base::log_info("miners are asked to leave", {{"connections", asked}});
    flush_soon();
}

void Gateway::hurry() {
    leave_at_ = clock_.steady_now();
    leave_as_ = config_.drain;
    leave_as_.spread = 0ms;
    leave_in_time(*leave_at_);
}

/// Gauges that are looked up when somebody asks.
void Gateway::publish() {
    auto& registry = chassis_.metrics();
    publish_queues(
        registry, front_, [this] { return dispatcher(); }, clock_);
    ledger::publish_redis(registry, *redis_);
    metrics_.connections_max.set(static_cast<double>(config_.limits.connections_max));
    auto& problems = chassis_.problems();
    ledger::watch_redis(
        problems, *redis_, config_.ledger.redis, service::Problems::Severity::warning,
        "this gateway cannot join the pool or say that it lives, and hears of no new "
        "bans");
    watch_problems(problems, {.config = config_,
                              .clock = clock_,
                              .front = front_,
                              .templates = templates_,
                              .dispatcher = [this] { return dispatcher(); },
                              .template_at =
                                  [this] {
                                      return work_.current() == nullptr
                                                 ? std::nullopt
                                                 : std::optional{template_at_};
                                  }});
    registry.on_collect([this] {
        std::size_t channels = 0;
        front_.for_each(
            [&](Connection& connection) { channels += connection.session()->channels(); });
        metrics_.channels.set(static_cast<double>(channels));
    });
}

}  // namespace gateway
