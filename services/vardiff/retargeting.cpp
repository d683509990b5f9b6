#include "vardiff/retargeting.h"

#include <utility>

#include "vardiff/problem_watch.h"

namespace vardiff {

Retargeting::Retargeting(const Config& config, const base::Clock& clock, base::Random& random,
                         service::Chassis& chassis)
    : config_(config),
      clock_(clock),
      chassis_(chassis),
      redis_(chassis.loop().context(), config.ledger.redis, clock, random),
      policies_(chassis.loop().context(), redis_, config.policies.value_or(PolicySet{})),
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
          {}, chassis.metrics()),
      rpc_(chassis.loop().context(), hub_, policies_,
           [this](mining::ChannelKey key) -> const ChannelTrack* {
               for (const auto& [number, partition] : partitions_)
                   if (const auto* channel = partition->book().find(key)) return channel;
               return nullptr;
           }) {
    publish(chassis.metrics());
    watch_partitions(chassis, clock, partitions_);
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
    for (const auto& [number, partition] : partitions_) partition->keep();
    partitions_.clear();
}

void Retargeting::follow(std::uint32_t partition) {
    if (!config_.policies || partitions_.contains(partition)) return;
    auto& followed = partitions_[partition];
    followed = std::make_unique<Partition>(
        chassis_.loop().context(), redis_, clock_,
        Partition::Settings{.partition = partition, .keep_every = config_.keep_every},
        policies_.current(), [this](const Proposals& proposals) {
            chassis_.watchdog().event("targets proposed", proposals.size());
            hub_.push(proposals);
        });
    chassis_.watchdog().event("follows partition", partition);
    followed->start();
}

void Retargeting::hand_over(std::uint32_t partition) {
    const auto found = partitions_.find(partition);
    if (found == partitions_.end()) return;
    found->second->keep();
    partitions_.erase(found);
}

void Retargeting::forget_dead(const std::set<mining::Epoch>& living) {
    for (const auto& [number, partition] : partitions_) partition->forget_dead(living);
}

void Retargeting::publish(service::Registry& registry) {
    auto& channels = registry.gauge("adit_vardiff_channels", "Channels that this replica follows.");
    auto& shares =
        registry.gauge("adit_vardiff_shares_read", "Shares read from the log since the start.");
    auto& proposals = registry.gauge("adit_vardiff_proposals", "Targets proposed since the start.");
    auto& missed = registry.gauge("adit_vardiff_log_missed_bytes",
                                  "Records that were trimmed before vardiff had read them.");
    auto& unreadable = registry.gauge("adit_vardiff_log_unreadable",
                                      "Entries of the log that vardiff passed over.");
    registry.on_collect([&, this] {
        std::size_t known = 0;
        Partition::Counters sum;
        for (const auto& [number, partition] : partitions_) {
            known += partition->book().channels().size();
            sum.shares += partition->counters().shares;
            sum.proposals += partition->counters().proposals;
            sum.bytes_missed += partition->counters().bytes_missed;
            sum.unreadable += partition->counters().unreadable;
        }
        channels.set(static_cast<double>(known));
        shares.set(static_cast<double>(sum.shares));
        proposals.set(static_cast<double>(sum.proposals));
        missed.set(static_cast<double>(sum.bytes_missed));
        unreadable.set(static_cast<double>(sum.unreadable));
    });
}

}  // namespace vardiff
