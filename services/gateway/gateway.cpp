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
    : epoch(of),
      partitions(pool.partitions),
      keys(of),
      dispatcher({.epoch = of,
                  .partitions = pool.partitions,
                  .duplicate_key_fingerprint = pool.duplicate_key.fingerprint()}),
      bus(gateway.chassis_.loop().context(), gateway.zmq_,
          service::to_string(gateway.config_.bus_listen),
          [&gateway](const std::string& worker, const bus::ToGateway& message) {
              gateway.member_->dispatcher.on_message(worker, message, gateway.clock_.steady_now());
              gateway.flush_soon();
          }),
      targets(gateway.chassis_.loop().context(), gateway.random_, {.gateway_epoch = of}),
      vardiff_names(
          gateway.chassis_.loop().context(), gateway.config_.vardiff_replicas,
          [this](const auto& addresses) { targets.set_replicas(service::texts(addresses)); }) {}

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
        if (proposal.channel.value == 0) {
            front_.for_each([&](Connection& connection) {
                connection.act([&](Session& session, Effects& effects) {
                    session.on_proposal_for_all(proposal.target, effects);
                });
            });
        } else if (const auto found = connections_by_key_.find(proposal.channel.value);
                   found != connections_by_key_.end()) {
            if (auto* connection = front_.find(found->second))
                connection->act([&](Session& session, Effects& effects) {
                    session.on_proposal(proposal.channel, proposal.target, effects);
                });
        }
    });
    if (const auto* current = work_.current())
        member_->dispatcher.set_tip(current->tip.prev_hash, clock_.steady_now());
    bans_.start([this] { on_bans(); });
    tick();
    open_if_possible();
}

void Gateway::on_bans() {
    metrics_.bans.set(static_cast<double>(bans_.list().size()));
    front_.close_banned();
    if (bans_.list().has_identities()) {
        front_.for_each([this](Connection& connection) {
            connection.act([this](Session& session, Effects& effects) {
                session.close_channels_of(banned_identity(), effects);
            });
        });
    }
    open_if_possible();
}

Session::IsBanned Gateway::banned_identity() const {
    return [this, now = clock_.unix_now()](std::string_view user_identity) {
        return bans_.list().find(user_identity, now) != nullptr;
    };
}

/// Every session that mines gets its jobs before anything else happens. One that reads too slowly
/// misses jobs of the same tip, never the tip.
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
    if (is_new_tip && member_)
        member_->dispatcher.set_tip(block_template.tip.prev_hash, arrived_at);
    const auto change =
        is_new_tip ? Session::TemplateChange::new_tip : Session::TemplateChange::refresh;
    front_.for_each([&](Connection& connection) {
        if (!is_new_tip && connection.is_backed_up()) return metrics_.jobs_skipped.add();
        const bool mines = connection.session()->channels() != 0;
        connection.act(
            [&](Session& session, Effects& effects) { session.on_template(change, effects); });
        if (!is_new_tip) return;
        connection.flush();
        if (mines) metrics_.new_block.sent(clock_.steady_now() - arrived_at);
    });
    if (is_new_tip) {
        metrics_.new_block.done();
        flush_soon();
    }
    open_if_possible();
}

void Gateway::open_if_possible() {
    if (!member_ || !bans_.is_known() || work_.current() == nullptr || front_.is_accepting() ||
        is_stopping_ || is_drained_)
        return;
    front_.open(*this, member_->keys);
    base::log_info("listening for miners", {{"address", service::to_string(config_.listen)}});
}

bus::Partition Gateway::partition_of(ConnectionId connection) const {
    return bus::partition_of(member_->epoch, connection.value, member_->partitions);
}

bool Gateway::is_full(bus::Partition partition) const {
    return member_->dispatcher.is_full(partition);
}

void Gateway::take(ConnectionId connection, bus::Partition partition, const Effects& effects) {
    const auto now = clock_.steady_now();
    for (const auto& share : effects.shares)
        member_->dispatcher.add_share(partition,
                                      {*share.channel, share.job, *share.outputs, share.custom_job},
                                      share.share, std::string{share.worker}, now);
    for (const auto& event : effects.events) {
        if (const auto* open = std::get_if<bus::ChannelOpen>(&event)) {
            connections_by_key_[open->key.value] = connection;
        } else if (const auto* close = std::get_if<bus::ChannelClose>(&event)) {
            connections_by_key_.erase(close->key.value);
            member_->targets.forget(close->key);
        }
        member_->dispatcher.add_event(partition, connection.value, event, now);
    }
    if (member_->keys.is_exhausted()) fail("all channel keys of this epoch are used up");
    flush_soon();
}

void Gateway::tick() {
    const auto now = clock_.steady_now();
    member_->dispatcher.on_tick(now);
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
    if (has_met_workers_ || member_->dispatcher.workers() == 0) return;
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
    const auto next = member_->dispatcher.next_flush_at(clock_.steady_now());
    if (!next) return;
    is_timer_set_ = true;
    flush_timer_.expires_at(*next);
    flush_timer_.async_wait([this](const boost::system::error_code& error) {
        is_timer_set_ = false;
        if (!error) flush();
    });
}

void Gateway::flush() {
    auto& dispatcher = member_->dispatcher;
    dispatcher.flush(clock_.steady_now());
    for (auto effects = dispatcher.take_effects(); !effects.empty();
         effects = dispatcher.take_effects()) {
        for (const auto& effect : effects) {
            if (const auto* send = std::get_if<bus::Dispatcher::Send>(&effect)) {
                chassis_.watchdog().event("sent to a worker", send->frame.size());
                if (!member_->bus.send(send->worker, send->frame))
                    dispatcher.on_unreachable(send->worker, clock_.steady_now());
            } else if (const auto* done = std::get_if<bus::Dispatcher::Done>(&effect)) {
                on_done(*done);
            } else {
                is_fenced_ = true;
                fail("fenced: " + std::get<bus::Dispatcher::Fenced>(effect).reason);
                if (is_stopping_) chassis_.drained();
            }
        }
        dispatcher.flush(clock_.steady_now());
    }
    flush_in_time();
    publish_unacknowledged();
    departures_.end_answered();
    front_.drained();
    if (!is_stopping_ || leave_at_ || !departures_.is_over() || !front_.is_empty()) return;
    // The connections are gone; the ledger still has to know, and spares nobody by being slow.
    dispatcher.hurry();
    if (dispatcher.is_idle()) {
        membership_.leave();
        chassis_.drained();
    }
}

void Gateway::publish_unacknowledged() {
    const auto& dispatcher = member_->dispatcher;
    const auto oldest = dispatcher.oldest_entry();
    if (!oldest) return unacknowledged_.publish_empty();
    const service::StageEntry lane{"partition", oldest->partition.value};
    unacknowledged_.publish(
        dispatcher.unacknowledged_shares(), std::min(oldest->since, clock_.steady_now()),
        oldest->sequence == 0 ? lane
                              : service::StageEntry{"batch", oldest->sequence}.of(
                                    "partition", oldest->partition.value));
}

/// The ledger has the batch: its shares are answered, its channels opened.
void Gateway::on_done(const bus::Dispatcher::Done& done) {
    const auto& [batch, result] = done;
    chassis_.watchdog().event("batch answered", batch.sequence);
    touched_.clear();
    for (std::size_t i = 0; i < batch.shares.size(); ++i) {
        const auto& share = batch.shares[i];
        const auto& verdict = result.verdicts[i];
        const auto key = batch.jobs[share.job].record.channel;
        if (verdict.solves_block) metrics_.blocks_found.add();
        if (share.submitted.state == mining::JobState::closed) continue;
        count(verdict, share.submitted.received_at);
        const auto found = connections_by_key_.find(key.value);
        auto* connection =
            found == connections_by_key_.end() ? nullptr : front_.find(found->second);
        if (connection == nullptr) continue;  // the miner is gone; the ledger has its share
        if (touched_.empty() || touched_.back() != connection->id())
            touched_.push_back(connection->id());
        connection->act([&](Session& session, Effects& effects) {
            session.on_verdict(key, share.submitted.sequence_number, verdict, effects);
        });
    }
    std::ranges::sort(touched_);
    touched_.erase(std::ranges::unique(touched_).begin(), touched_.end());
    for (const auto id : touched_)
        if (auto* connection = front_.find(id))
            connection->act([&](Session& session, Effects& effects) {
                session.on_verdicts_end(clock_.steady_now(), effects);
            });
    // A channel takes as long to open as ten shares to answer.
    if (!result.opens.empty())
        for (const auto id : touched_)
            if (auto* connection = front_.find(id)) connection->flush();

    for (const auto& change : result.outputs_changes)
        if (const auto found = connections_by_key_.find(change.key.value);
            found != connections_by_key_.end())
            if (auto* connection = front_.find(found->second))
                connection->act([&](Session& session, Effects& effects) {
                    session.on_outputs_change(change, effects);
                });

    for (const auto& open : result.opens) {
        const auto found = connections_by_key_.find(open.key.value);
        if (found == connections_by_key_.end()) continue;
        const auto proposed = member_->targets.find(open.key);
        if (auto* connection = front_.find(found->second))
            connection->act([&](Session& session, Effects& effects) {
                session.on_open_outcome(open, effects);
                // The worker may not know yet.
                if (bans_.list().has_identities())
                    session.close_channel_of(open.key, banned_identity(), effects);
                if (proposed) session.on_proposal(open.key, *proposed, effects);
            });
        if (!open.error_code.empty()) connections_by_key_.erase(open.key.value);
    }
}

void Gateway::count(const bus::Verdict& verdict, base::UnixMicros received_at) {
    if (verdict.error) return metrics_.rejected_shares(*verdict.error).add();
    metrics_.accepted_shares.add();
    metrics_.accepted_difficulty.add(verdict.difficulty.to_double());
    const std::chrono::duration<double> took = clock_.unix_now() - received_at;
    metrics_.share_ack_seconds.observe(took.count());
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
        registry, front_, [this] { return member_ ? &member_->dispatcher : nullptr; }, clock_);
    ledger::publish_redis(registry, *redis_);
    metrics_.connections_max.set(static_cast<double>(config_.limits.connections_max));
    auto& problems = chassis_.problems();
    ledger::watch_redis(
        problems, *redis_, config_.ledger.redis, service::Problems::Severity::warning,
        "this gateway cannot join the pool or say that it lives, and hears of no new "
        "bans");
    watch_problems(problems,
                   {.config = config_,
                    .clock = clock_,
                    .front = front_,
                    .templates = templates_,
                    .dispatcher = [this] { return member_ ? &member_->dispatcher : nullptr; },
                    .template_at =
                        [this] {
                            return work_.current() == nullptr ? std::nullopt
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
