#include "vardiff/upkeep.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/log.h"
#include "vardiff/replicas.h"

namespace vardiff {
namespace {

using namespace std::chrono_literals;

constexpr auto pool_config_retry = 500ms;
constexpr auto reap_interval = 5s;
/// A replica that has not beaten for so long has left its partitions to others.
constexpr auto replica_silent_max = 5s;

}  // namespace

Upkeep::Upkeep(const Config& config, Ports ports)
    : config_(config),
      ports_(ports),
      timer_(ports.loop),
      self_{"vardiff", ports.random.next_u64(), service::to_string(config.chassis.grpc)} {
    publish();
}

Upkeep::~Upkeep() = default;

void Upkeep::start() {
    ask_for_pool_config();
}

void Upkeep::ask_for_pool_config() {
    ledger::load_pool_config(
        ports_.redis, ports_.random, config_.ledger.partitions, config_.ledger.durability,
        [this, alive = std::weak_ptr{alive_}](
            const base::Result<ledger::PoolConfig, ledger::PoolConfigFailure>& pool) {
            if (alive.expired()) return;
            if (pool) {
                partitions_ = pool->partitions;
                reaper_.emplace(ports_.redis,
                                Reaper::Settings{.partitions = partitions_,
                                                 .watch = {.silent_for = config_.reap_after}});
                return tick();
            }
            if (pool.error().kind == ledger::PoolConfigError::unavailable)
                return after(pool_config_retry, &Upkeep::ask_for_pool_config);
            // Thrown from a turn of its own: here hiredis, which is C, is below us.
            boost::asio::post(ports_.loop,
                              [text = pool.error().text] { throw std::runtime_error(text); });
        });
}

void Upkeep::tick() {
    ledger::beat(ports_.redis, self_);
    ledger::list_members(ports_.redis, [this, alive = std::weak_ptr{alive_}](
                                           const base::Result<Members, std::string>& members) {
        if (!alive.expired() && members && !has_left_) on_members(*members);
    });
    after(ledger::beat_interval, &Upkeep::tick);
}

void Upkeep::on_members(const Members& members) {
    std::vector<std::uint64_t> replicas{self_.id};
    for (const auto& [member, silent_for] : members)
        if (member.role == self_.role && member.id != self_.id && silent_for < replica_silent_max)
            replicas.push_back(member.id);
    share_out(replicas);
    std::set<mining::Epoch> gateways;
    for (const auto& [member, silent_for] : members)
        if (member.role == "gateway" && silent_for < replica_silent_max)
            gateways.insert(mining::Epoch{member.id});
    ports_.retargeting.forget_dead(gateways);
    if (*std::min_element(replicas.begin(), replicas.end()) == self_.id) reap(members);
}

void Upkeep::share_out(const std::vector<std::uint64_t>& replicas) {
    for (std::uint32_t partition = 0; partition < partitions_; ++partition) {
        const bool is_ours = replica_for(partition, replicas) == self_.id;
        if (!is_ours) {
            if (const auto ended = projectors_.extract(partition))
                handed_over_bytes_missed_ += ended.mapped()->counters().bytes_missed;
            ports_.retargeting.hand_over(partition);
        } else if (!projectors_.contains(partition)) {
            auto& projector = projectors_[partition];
            projector = std::make_unique<share_log::Projector>(
                ports_.loop, ports_.redis, share_log::Projector::Settings{.partition = partition});
            projector->start();
            ports_.retargeting.follow(partition);
        }
    }
}

void Upkeep::reap(const Members& members) {
    const auto now = ports_.clock.steady_now();
    if (reaper_->is_running() || now < next_round_) return;
    next_round_ = now + reap_interval;
    reaper_->run(members, now, [](bool is_whole) {
        if (!is_whole) base::log_debug("a round of reaping was cut short");
    });
}

void Upkeep::leave() {
    has_left_ = true;
    timer_.cancel();
    projectors_.clear();
    ledger::leave(ports_.redis, self_);
}

void Upkeep::after(std::chrono::milliseconds wait, void (Upkeep::*step)()) {
    timer_.expires_after(wait);
    timer_.async_wait([this, step](const boost::system::error_code& error) {
        if (!error && !has_left_) (this->*step)();
    });
}

void Upkeep::publish() {
    auto& registry = ports_.metrics;
    auto& partitions =
        registry.gauge("adit_vardiff_partitions", "Partitions whose shares this replica sums up.");
    auto& stuck =
        registry.gauge("adit_vardiff_sums_stuck",
                       "Partitions whose sums stand before a record that cannot be read.");
    auto& missed = registry.counter("adit_vardiff_sums_missed_bytes_total",
                                    "Records that were trimmed before they were summed up.");
    auto& epochs =
        registry.counter("adit_vardiff_reaped_epochs_total", "Gateways that were taken for dead.");
    auto& channels = registry.counter("adit_vardiff_reaped_channels_total",
                                      "Channels of dead gateways that were removed.");
    auto& failed = registry.counter("adit_vardiff_reaping_rounds_failed_total",
                                    "Rounds of reaping that Redis cut short.");
    registry.on_collect([&, this] {
        std::size_t standing = 0;
        auto bytes = handed_over_bytes_missed_;
        for (const auto& [partition, projector] : projectors_) {
            if (projector->counters().is_stuck) ++standing;
            bytes += projector->counters().bytes_missed;
        }
        partitions.set(static_cast<double>(projectors_.size()));
        stuck.set(static_cast<double>(standing));
        missed.follow(bytes);
        if (!reaper_) return;
        epochs.follow(reaper_->counters().epochs);
        channels.follow(reaper_->counters().channels);
        failed.follow(reaper_->counters().failed_rounds);
    });
}

}  // namespace vardiff
