#include "translator/translator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"

namespace translator {
namespace {

using namespace std::chrono_literals;

// Answers that have waited long enough go out this soon.
constexpr auto tick_interval = 50ms;
// A connection to a pool that ends is there again in less; nobody need hear of it.
constexpr auto short_absence = 5s;
// A pool opens 10,000 channels in seven seconds; after a minute something stands still.
constexpr auto channel_wait_max = 60s;

std::string state_of(const PoolChannels::PoolStatus& pool) {
    if (!pool.trouble.empty()) return pool.trouble;
    if (pool.connections == 0) return pool.is_in_use ? "connecting" : "not needed";
    if (!pool.verdict_time) return "connected";
    return fmt::format("connected, answers shares within {} ms",
                       std::chrono::ceil<std::chrono::milliseconds>(*pool.verdict_time).count());
}

}  // namespace

Translator::Translator(const Config& config, const base::Clock& clock, base::Random& random,
                       service::Chassis& chassis)
    : config_(config),
      clock_(clock),
      random_(random),
      chassis_(chassis),
      miner_metrics_(chassis.metrics()),
      front_metrics_(chassis.metrics()),
      dialer_(chassis.loop().context(), clock, random, config_.pools.connect_timeout),
      pools_({chassis.loop().context(), clock, random, dialer_, chassis.metrics()}, config_.pools),
      miners_(channels_of_miners(), config_.miners, miner_metrics_, random, clock),
      front_({chassis.loop().context(), clock, front_metrics_, miners_}, config_.limits),
      timer_(chassis.loop().context()),
      answers_stage_(chassis.watchdog().add_stage("answer", config_.miners.answer_within + 5s)),
      channels_stage_(chassis.watchdog().add_stage("channel", channel_wait_max)) {
    if (config_.listen) front_.listen(*config_.listen, "listen.address");
    if (config_.tls_listen) {
        tls_.emplace(config_.tls, clock, chassis.loop().context(), chassis.metrics(),
                     chassis.health());
        front_.listen(*config_.tls_listen, "listen.tls_address", &*tls_);
    }
    publish_front(chassis.metrics(), front_, clock);
    front_metrics_.connections_max.set(static_cast<double>(config_.limits.connections_max));
    chassis.health().set_not_ready("pools", "none is connected yet");
    chassis.problems().on_look([this] { show_pools(); });
    serve_status();
}

/// A pool that is asked and does not serve, and that there is none at all.
void Translator::show_pools() {
    using Severity = service::Problems::Severity;
    auto& problems = chassis_.problems();
    const bool is_served = pools_.is_served();
    std::vector<service::Problems::Problem> away;
    for (const auto& pool : pools_.status())
        if (!pool.trouble.empty() || (pool.is_in_use && pool.connections == 0))
            away.push_back(
                {.id = "pool-away:" + pool.name,
                 .severity = is_served ? Severity::warning : Severity::critical,
                 .text = fmt::format("Pool {} does not serve: {}{}", pool.name, state_of(pool),
                                     is_served ? "; another one does" : "")});
    problems.show_group("pool-away:", away);
    problems.show(
        "no-pool", Severity::critical,
        is_served ? std::nullopt
                  : std::optional{fmt::format(
                        "No pool serves: miners get no new jobs, and are disconnected "
                        "after {} s",
                        std::chrono::duration_cast<std::chrono::seconds>(config_.miners.leave_after)
                            .count())});
}

Channels& Translator::channels_of_miners() {
    if (config_.mode == Mode::per_miner) return pools_;
    aggregate_metrics_.emplace(chassis_.metrics());
    auto& loop = chassis_.loop();
    aggregate_.emplace(pools_, config_.aggregate, clock_, *aggregate_metrics_,
                       [this, &loop] { loop.post([this] { aggregate_->turn(); }); });
    return *aggregate_;
}

void Translator::start() {
    pools_.start();
    if (tls_) tls_->start();
    front_.open();
    wait_for_tick();
}

void Translator::wait_for_tick() {
    timer_.expires_after(tick_interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        on_tick();
        wait_for_tick();
    });
}

void Translator::on_tick() {
    const auto now = clock_.steady_now();
    miners_.on_time();
    publish_stages();
    if (now >= next_second_) {
        next_second_ = now + 1s;
        if (aggregate_) aggregate_->tick();
        look_at_pools(now);
    }
    if (leave_at_ && now >= *leave_at_) send_miners_away(config_.drain);
    if (drain_) go_on_draining(now);
}

/// A share that has no answer, and a miner without a channel while there is a pool.
void Translator::publish_stages() {
    if (const auto oldest = miners_.answers.oldest())
        answers_stage_.publish(miners_.answers.waiting(), *oldest);
    else
        answers_stage_.publish_empty();
    const auto& waiting = front_.waiting();
    if (served_since_ && waiting.since)
        channels_stage_.publish(waiting.miners, std::max(*waiting.since, *served_since_),
                                {"connection", waiting.first.value});
    else
        channels_stage_.publish_empty();
}

/// Miners that come find somebody who has work for them, or an end at once, so that they try
/// elsewhere. Those that are there already leave by themselves, see MinerSession::on_tick().
void Translator::look_at_pools(base::SteadyTime now) {
    const bool is_served = pools_.is_served();
    const auto away = is_served ? base::SteadyTime::duration{} : now - pools_.unserved_since();
    front_.set_serving(is_served || away < config_.miners.leave_after);
    if (is_served) {
        was_served_ = true;
        if (!served_since_) {
            served_since_ = now;
            chassis_.watchdog().event("a pool serves");
        }
        return chassis_.health().set_ready("pools");
    }
    if (served_since_) chassis_.watchdog().event("no pool serves");
    served_since_.reset();
    if (was_served_ &&
        away < std::min<base::SteadyTime::duration>(short_absence, config_.miners.leave_after))
        return;
    std::string why;
    for (const auto& pool : pools_.status())
        why += fmt::format("{}{}: {}", why.empty() ? "" : ", ", pool.name, state_of(pool));
    chassis_.health().set_not_ready(
        "pools", fmt::format("none has been there for {} s ({})",
                             std::chrono::duration_cast<std::chrono::seconds>(away).count(), why));
}

void Translator::drain() {
    if (config_.drain.notice == 0ms) return send_miners_away(config_.drain);
    leave_at_ = clock_.steady_now() + config_.drain.notice;
}

void Translator::hurry() {
    auto settings = config_.drain;
    settings.spread = 0ms;
    send_miners_away(settings);
}

void Translator::send_miners_away(const edge::DrainSettings& settings) {
    leave_at_.reset();
    front_.stop_accepting();
    front_.close_silent("shutdown");
    std::vector<ConnectionId> connections;
    front_.for_each([&](MinerConnection& miner) { connections.push_back(miner.id()); });
    drain_.emplace(connections, settings, random_, clock_.steady_now());
    if (!connections.empty())
        base::log_info("miners are asked to leave", {{"connections", connections.size()}});
}

void Translator::go_on_draining(base::SteadyTime now) {
    for (const auto id : drain_->take_to_ask(now))
        if (auto* miner = front_.find(id); miner != nullptr && miner->session() != nullptr)
            miner->session()->ask_to_leave();
    for (const auto id : drain_->take_to_end(now))
        leaving_.push_back(
            {id, now + std::min(config_.miners.answer_within, config_.drain.answers_max())});
    std::erase_if(leaving_, [&](const Leaving& leaving) {
        auto* miner = front_.find(leaving.connection);
        if (miner == nullptr) return true;
        const auto* session = miner->session();
        const bool is_owed =
            (session != nullptr && session->has_unanswered()) || !miner->send_queue().is_empty();
        if (is_owed && now < leaving.until) return false;
        miner->end("drained");
        return true;
    });
    if (!drain_->is_over() || !leaving_.empty() || !front_.is_empty()) return;
    timer_.cancel();
    miners_.sessions.clear();
    chassis_.drained();
}

void Translator::serve_status() {
    auto& http = chassis_.http();
    http.on_query("/", [this](std::string_view text) {
        const auto query = read_status_query(text);
        return service::HttpAnswer{.body = status_html(status(query), query, clock_.steady_now()),
                                   .content_type = "text/html; charset=utf-8"};
    });
    http.on_query("/status.json", [this](std::string_view text) {
        return service::HttpAnswer{
            .body = status_json(status(read_status_query(text)), clock_.steady_now()),
            .content_type = "application/json"};
    });
}

Status Translator::status(const StatusQuery& query) {
    Status status{.mode = config_.mode == Mode::per_miner ? "per-miner" : "aggregated",
                  .not_ready = chassis_.health().reason(),
                  .shares_accepted = miner_metrics_.shares_accepted.value()};
    for (const auto reason : share_reasons)
        status.shares_rejected += miner_metrics_.shares_rejected(reason).value();
    const auto pools = pools_.status();
    for (std::size_t i = 0; i < pools.size(); ++i)
        status.pools.push_back({.address = pools[i].name,
                                .user_identity = config_.pools.pools.at(i).user_identity,
                                .is_serving = pools[i].is_in_use && pools_.is_served(),
                                .state = state_of(pools[i]),
                                .connections = pools[i].connections,
                                .channels = pools[i].channels});
    front_.for_each([&](MinerConnection& miner) {
        if (miner.session() == nullptr) return;
        ++status.miners_connected;
        auto found = miner.session()->status();
        status.hash_rate_hps += found.hash_rate_hps;
        auto peer = service::to_string({base::to_string(miner.peer().address), miner.peer().port});
        if (!query.finds(peer, found)) return;
        ++status.miners_found;
        if (status.miners.size() < query.limit)
            status.miners.push_back({std::move(peer), std::move(found)});
    });
    return status;
}

}  // namespace translator
