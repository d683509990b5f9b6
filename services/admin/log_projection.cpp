#include "admin/log_projection.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/integer.h"
#include "base/log.h"
#include "ledger/keys.h"
#include "ledger/pool_config.h"

namespace admin {
namespace {

using namespace std::chrono_literals;

constexpr auto redis_retry = 500ms;
constexpr auto look_for_reaped_every = 5s;

}  // namespace

LogProjection::LogProjection(boost::asio::io_context& loop, redis::Client& client,
                             const base::Clock& clock, Settings settings, View& view,
                             service::Registry& metrics)
    : loop_(loop),
      client_(client),
      clock_(clock),
      settings_(std::move(settings)),
      view_(view),
      projection_(view),
      tick_timer_(loop),
      retry_timer_(loop),
      reaped_timer_(loop) {
    projection_.set_stuck_check([this](mining::Epoch epoch) { return is_stuck(epoch); });
    publish(metrics);
}

void LogProjection::start() {
    ask_for_partitions();
    tick();
    forget_reaped();
}

/// What Redis says holds: a wrong number in our file would show a part of the pool as the whole.
void LogProjection::ask_for_partitions() {
    client_.command(
        {"HGET", ledger::keys::pool_config, "partitions"},
        [this, alive = std::weak_ptr{alive_}](const auto& reply) {
            if (alive.expired() || has_stopped_) return;
            const auto* text = reply && reply->string() != nullptr ? reply->string() : nullptr;
            const auto partitions =
                text == nullptr ? std::nullopt : base::parse_integer<std::uint32_t>(*text);
            // Before its first day a pool has no number, and no log.
            if (!partitions || *partitions > ledger::partitions_max)
                return after(retry_timer_, redis_retry, &LogProjection::ask_for_partitions);
            if (*partitions != settings_.partitions)
                base::log_warning("pool.partitions is not the pool's: Redis' number is used",
                                  {{"configured", settings_.partitions}, {"redis", *partitions}});
            settings_.partitions = *partitions;
            scan();
        });
}

void LogProjection::stop() {
    has_stopped_ = true;
    tick_timer_.cancel();
    retry_timer_.cancel();
    reaped_timer_.cancel();
    scan_.reset();
    // What they have counted is still asked for.
    for (auto& partition : partitions_) partition->stop();
}

/// First what Redis has of channels: then whatever the logs tell of them is newer.
void LogProjection::scan() {
    scan_ = std::make_unique<ChannelScan>(
        client_,
        [this](const ChannelFacts& facts) {
            if (facts.partition < settings_.partitions)
                projection_.channels().open(facts, clock_.unix_now());
        },
        [this] { after(retry_timer_, 0ms, &LogProjection::follow); },
        [this] { after(retry_timer_, redis_retry, &LogProjection::scan); });
    scan_->start();
}

void LogProjection::follow() {
    scan_.reset();
    for (std::uint32_t partition = 0; partition < settings_.partitions; ++partition) {
        auto& followed = partitions_.emplace_back(std::make_unique<LogPartition>(
            loop_, client_, clock_,
            LogPartition::Settings{.partition = partition,
                                   .poll_interval = settings_.poll_interval},
            projection_));
        followed->start();
    }
}

void LogProjection::tick() {
    if (const auto now = rows_time(); now != base::UnixMicros{})
        projection_.refresh(now, [this](mining::ChannelKey key) { return whereabouts(key); });
    if (clock_.steady_now() >= second_at_) {
        second_at_ = clock_.steady_now() + 1s;
        on_second();
    }
    after(tick_timer_, Projection::slice, &LogProjection::tick);
}

void LogProjection::on_second() {
    look_at_gateways();
    const auto now = rows_time();
    if (now == base::UnixMicros{}) return;
    projection_.pass(now, has_caught_up());
    projection_.write_pool(now, log_time());
}

/// While the log is caught up with, windows end where it has been read to: else they would be
/// empty.
base::UnixMicros LogProjection::rows_time() const {
    return has_caught_up() ? clock_.unix_now() : log_time();
}

bool LogProjection::has_caught_up() const {
    return !partitions_.empty() && std::ranges::all_of(partitions_, [](const auto& partition) {
        return partition->has_caught_up();
    });
}

base::UnixMicros LogProjection::log_time() const {
    base::UnixMicros time{};
    for (const auto& partition : partitions_)
        if (partition->read_to() != base::UnixMicros{} &&
            (time == base::UnixMicros{} || partition->read_to() < time))
            time = partition->read_to();
    return time;
}

void LogProjection::look_at_gateways() {
    gateways_.clear();
    view_.gateways.for_each([this](const proto::Gateway& gateway) {
        gateways_.emplace(mining::Epoch{gateway.epoch()}, gateway.name());
    });
    connections_.update();
    if (std::exchange(bans_seen_, view_.bans.version()) == view_.bans.version()) return;
    std::set<std::string, std::less<>> banned;
    view_.bans.for_each([&](const proto::Ban& ban) {
        if (!ban.identity().empty()) banned.insert(ban.identity());
    });
    projection_.miners().set_banned(std::move(banned));
}

std::string LogProjection::gateway_name(mining::Epoch epoch) const {
    const auto found = gateways_.find(epoch);
    return found == gateways_.end() ? std::string{} : found->second;
}

ChannelBook::Whereabouts LogProjection::whereabouts(mining::ChannelKey key) const {
    ChannelBook::Whereabouts where{.gateway = gateway_name(key.epoch())};
    if (const auto* const place = connections_.find(key)) {
        where.connection = place->connection;
        where.firmware = place->firmware;
    }
    return where;
}

/// A gateway that does not answer, or in which something waits, keeps its miners' shares.
bool LogProjection::is_stuck(mining::Epoch epoch) const {
    const auto* gateway = view_.gateways.find(gateway_name(epoch));
    if (gateway == nullptr) return false;
    if (gateway->state() == proto::Gateway::STATE_NOT_ANSWERING) return true;
    const auto* service = view_.services.find(gateway->service());
    if (service == nullptr) return false;
    if (service->state() == proto::Service::STATE_WEDGED ||
        service->state() == proto::Service::STATE_NOT_ANSWERING)
        return true;
    return std::ranges::any_of(service->stages(),
                               [](const proto::Stage& stage) { return stage.is_stalled(); });
}

/// The channels of gateways that died are closed by nobody. The first partition is asked for all.
void LogProjection::forget_reaped() {
    const auto epochs = projection_.channels().epochs();
    redis::Args args{"HMGET", ledger::keys::gateways(0), ledger::keys::reaped_floor};
    for (const auto epoch : epochs) args.push_back(ledger::keys::reaped_field(epoch));
    client_.command(std::move(args), [this, epochs, alive = std::weak_ptr{alive_}](
                                         const base::Result<redis::Reply, redis::Error>& reply) {
        if (alive.expired() || has_stopped_) return;
        after(reaped_timer_, look_for_reaped_every, &LogProjection::forget_reaped);
        if (!reply || reply->array() == nullptr) return;
        const auto floor = base::parse_integer<std::uint64_t>(reply->string_at(0)).value_or(0);
        for (std::size_t i = 0; i < epochs.size(); ++i)
            if (epochs[i].value <= floor || !reply->string_at(i + 1).empty())
                projection_.channels().close_all_of(epochs[i]);
    });
}

History LogProjection::pool_history(std::chrono::seconds window) const {
    return projection_.pool_history(log_time(), window);
}

std::optional<History> LogProjection::worker_history(std::string_view name,
                                                     std::chrono::seconds window) const {
    return projection_.worker_history(name, log_time(), window);
}

void LogProjection::publish(service::Registry& metrics) {
    auto& lag = metrics.gauge("adit_admin_log_lag_seconds",
                              "How far behind now the share log of the last partition is read.");
    auto& shares =
        metrics.counter("adit_admin_log_shares_total", "Shares read from the share log.");
    auto& gaps = metrics.counter("adit_admin_log_gaps_total",
                                 "Times that records were gone before they were read.");
    auto& missed = metrics.counter("adit_admin_log_missed_bytes_total",
                                   "Records that were trimmed before they were read.");
    auto& unreadable =
        metrics.counter("adit_admin_log_unreadable_total", "Records that were passed over.");
    auto& channels = metrics.gauge("adit_admin_channels", "Open channels, as the log tells.");
    auto& miners = metrics.gauge("adit_admin_miners", "Workers and accounts that have a row.");
    metrics.on_collect([&, this] {
        LogPartition::Counters all;
        for (const auto& partition : partitions_) {
            const auto& each = partition->counters();
            all.shares += each.shares;
            all.gaps += each.gaps;
            all.bytes_missed += each.bytes_missed;
            all.unreadable += each.unreadable;
        }
        shares.add(all.shares - shares.value());
        gaps.add(all.gaps - gaps.value());
        missed.add(all.bytes_missed - missed.value());
        unreadable.add(all.unreadable - unreadable.value());
        const auto read_to = log_time();
        lag.set(read_to == base::UnixMicros{}
                    ? 0
                    : std::chrono::duration<double>{clock_.unix_now() - read_to}.count());
        channels.set(static_cast<double>(view_.channels.size()));
        miners.set(static_cast<double>(view_.workers.size() + view_.identities.size()));
    });
}

void LogProjection::after(boost::asio::steady_timer& timer, std::chrono::milliseconds wait,
                          void (LogProjection::*step)()) {
    timer.expires_after(wait);
    timer.async_wait([this, step, alive = std::weak_ptr{alive_}](const auto& error) {
        if (!error && !alive.expired() && !has_stopped_) (this->*step)();
    });
}

}  // namespace admin
