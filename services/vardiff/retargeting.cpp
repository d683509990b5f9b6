#include "vardiff/retargeting.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vardiff {

Retargeting::Retargeting(const Config& config, Ports ports)
    : config_(config),
      ports_(std::move(ports)),
      policies_(ports_.loop, ports_.redis, config.policies.value_or(PolicySet{})),
      hub_(
          config.target,
          [this](mining::Epoch gateway) {
              Proposals all;
              for (const auto& [number, partition] : partitions_) {
                  if (!partition->has_caught_up()) continue;
                  for (const auto& proposal : partition->book().proposals(gateway))
                      all.push_back(proposal);
              }
              return all;
          },
          {}, ports_.metrics) {
    publish(ports_.metrics);
}

Retargeting::~Retargeting() = default;

void Retargeting::start() {
    if (!config_.policies) return;
    policies_.start([this](const auto& policies) {
        for (const auto& [number, partition] : partitions_) partition->set_policies(policies);
    });
}

void Retargeting::leave() {
    policies_.stop();
    hub_.close();
    for (const auto& [number, partition] : partitions_) {
        partition->keep();
        handed_over_ += partition->counters();
    }
    partitions_.clear();
}

const ChannelTrack* Retargeting::find(mining::ChannelKey key) const {
    for (const auto& [number, partition] : partitions_)
        if (const auto* channel = partition->book().find(key)) return channel;
    return nullptr;
}

void Retargeting::follow(std::uint32_t partition) {
    if (!config_.policies || partitions_.contains(partition)) return;
    auto& followed = partitions_[partition];
    followed = std::make_unique<Partition>(
        ports_.loop, ports_.redis, ports_.clock,
        Partition::Settings{.partition = partition, .keep_every = config_.keep_every},
        policies_.current(), [this](const Proposals& proposals) {
            ports_.on_proposed(proposals.size());
            hub_.push(proposals);
        });
    ports_.on_follow(partition);
    followed->start();
}

void Retargeting::hand_over(std::uint32_t partition) {
    const auto found = partitions_.find(partition);
    if (found == partitions_.end()) return;
    found->second->keep();
    handed_over_ += found->second->counters();
    partitions_.erase(found);
}

void Retargeting::forget_dead(const std::set<mining::Epoch>& living) {
    for (const auto& [number, partition] : partitions_) partition->forget_dead(living);
}

void Retargeting::publish(service::Registry& registry) {
    auto& channels = registry.gauge("adit_vardiff_channels", "Channels that this replica follows.");
    auto& shares = registry.counter("adit_vardiff_shares_read_total", "Shares read from the log.");
    auto& proposals = registry.counter("adit_vardiff_proposals_total", "Targets proposed.");
    auto& missed = registry.counter("adit_vardiff_log_missed_bytes_total",
                                    "Records that were trimmed before vardiff had read them.");
    auto& unreadable = registry.counter("adit_vardiff_log_unreadable_total",
                                        "Entries of the log that vardiff passed over.");
    auto& lag =
        registry.gauge("adit_vardiff_log_lag_seconds",
                       "How far behind the end of the log the partition is that is most behind.");
    registry.on_collect([&, this] {
        std::size_t known = 0;
        auto sum = handed_over_;
        auto read_to = ports_.clock.unix_now();
        for (const auto& [number, partition] : partitions_) {
            known += partition->book().channels().size();
            sum += partition->counters();
            read_to = std::min(read_to, partition->read_to());
        }
        channels.set(static_cast<double>(known));
        shares.follow(sum.shares);
        proposals.follow(sum.proposals);
        missed.follow(sum.bytes_missed);
        unreadable.follow(sum.unreadable);
        lag.set(std::chrono::duration<double>(ports_.clock.unix_now() - read_to).count());
        hub_.publish_backlog();
    });
    publish_spread(registry);
}

void Retargeting::publish_spread(service::Registry& registry) {
    auto& ratios = registry.gauges(
        "adit_vardiff_ratio_channels",
        "Channels by the ratio of the shares that they send to those that are wanted of them.",
        {"ratio"});
    auto& sent = registry.gauge("adit_vardiff_sent_shares_per_second",
                                "Shares that all channels send, as their hash rates are believed.");
    auto& wanted = registry.gauge("adit_vardiff_wanted_shares_per_second",
                                  "Shares that all channels would send with the right targets.");
    registry.on_collect([&, this] {
        RateSpread sum;
        for (const auto& [number, partition] : partitions_) sum += partition->book().spread();
        for (std::size_t i = 0; i < RateSpread::ranges; ++i)
            ratios.with({std::string{RateSpread::names[i]}})
                .set(static_cast<double>(sum.channels[i]));
        sent.set(sum.sent_per_second);
        wanted.set(sum.wanted_per_second);
    });
}

}  // namespace vardiff
