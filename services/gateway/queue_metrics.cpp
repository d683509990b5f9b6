#include "gateway/queue_metrics.h"

#include <utility>

#include "service/queue_gauges.h"

namespace gateway {
namespace {

using service::age_seconds;

void publish_front(service::Registry& registry, const Front& front, const base::Clock& clock) {
    auto& in_handshake =
        registry.gauge("adit_gateway_handshakes_in_progress", "Connections in their handshake.");
    auto& paused = registry.gauge("adit_gateway_connections_paused",
                                  "Connections that are not read until there is room.");
    auto& unsent =
        registry.gauge("adit_gateway_unsent_bytes", "Bytes that miners have not taken yet.");
    auto& oldest_unsent =
        registry.gauge("adit_gateway_oldest_unsent_seconds",
                       "How long the slowest miner has not taken what was there for it.");
    auto& pending_opens = registry.gauge("adit_gateway_opens_pending",
                                         "Channels asked for that the ledger does not have yet.");
    registry.on_collect([&front, &clock, &in_handshake, &paused, &unsent, &oldest_unsent,
                         &pending_opens,
                         output = service::QueueGauges{registry, "output"}]() mutable {
        const auto queues = front.queues();
        const auto now = clock.steady_now();
        in_handshake.set(static_cast<double>(queues.in_handshake));
        paused.set(static_cast<double>(queues.paused));
        unsent.set(static_cast<double>(queues.unsent_bytes));
        oldest_unsent.set(age_seconds(queues.unsent_since, now));
        pending_opens.set(static_cast<double>(queues.pending_opens));
        output.set(queues.fullest_unsent, queues.fullest_unsent_max, queues.unsent_since, now);
    });
}

void publish_batches(service::Registry& registry,
                     std::function<const bus::Dispatcher*()> dispatcher, const base::Clock& clock) {
    auto& workers = registry.gauge("adit_gateway_bus_workers", "Channel-managers on the bus.");
    auto& credits =
        registry.gauge("adit_gateway_bus_credits", "Batches that channel-managers would take now.");
    auto& in_flight = registry.gauge("adit_gateway_bus_batches_in_flight",
                                     "Batches at a channel-manager, without a result.");
    auto& unacknowledged =
        registry.gauge("adit_gateway_shares_unacknowledged", "Shares read and not answered.");
    auto& oldest =
        registry.gauge("adit_gateway_oldest_unacknowledged_seconds",
                       "Age of the oldest batch without a result, or share without one.");
    auto& fullest = registry.gauge("adit_gateway_fullest_partition_entries",
                                   "Entries that wait in the partition that has most of them.");
    auto& paced = registry.gauge("adit_gateway_paced_events",
                                 "Opens and closes that wait for their pace, in all partitions.");
    auto& resent = registry.counter("adit_gateway_bus_batches_resent_total",
                                    "Batches sent to a second channel-manager.");
    auto& lost = registry.counter("adit_gateway_bus_workers_lost_total",
                                  "Channel-managers that were no longer heard of.");
    auto& refused = registry.counter("adit_gateway_bus_workers_refused_total",
                                     "Times that a channel-manager asked for work and is not one "
                                     "of this pool, or of another derivation.");
    registry.on_collect([&, dispatcher = std::move(dispatcher),
                         partition = service::QueueGauges{registry, "partition"},
                         events = service::QueueGauges{registry, "paced_events"}]() mutable {
        const auto* bus = dispatcher();
        if (bus == nullptr) return;
        const auto now = clock.steady_now();
        const auto& bounds = bus->settings();
        workers.set(static_cast<double>(bus->workers()));
        credits.set(static_cast<double>(bus->credits()));
        in_flight.set(static_cast<double>(bus->batches_in_flight()));
        unacknowledged.set(static_cast<double>(bus->unacknowledged_shares()));
        oldest.set(age_seconds(bus->oldest(), now));
        fullest.set(static_cast<double>(bus->fullest()));
        paced.set(static_cast<double>(bus->paced_events()));
        resent.follow(bus->counters().batches_resent);
        refused.follow(bus->counters().workers_refused);
        lost.follow(bus->counters().workers_lost);
        partition.set(bus->fullest(), bounds.entries_a_partition, bus->oldest(), now);
        events.set(bus->most_paced(), bounds.paced_a_partition, bus->oldest(), now);
    });
}

void publish_scans(service::Registry& registry, std::function<const bus::Dispatcher*()> dispatcher,
                   const base::Clock& clock) {
    auto& sent = registry.counter("adit_gateway_bus_scans_sent_total",
                                  "Scans of shares that waited for their batch.");
    auto& resent = registry.counter("adit_gateway_bus_scans_resent_total",
                                    "Scans sent to a second channel-manager.");
    auto& shares =
        registry.counter("adit_gateway_bus_scanned_shares_total", "Shares in those scans.");
    auto& blocks =
        registry.counter("adit_gateway_bus_blocks_by_scan_total",
                         "Blocks that a scan brought to a template replica before their batch.");
    auto& in_flight =
        registry.gauge("adit_gateway_bus_scans_in_flight", "Scans that are not answered yet.");
    auto& oldest = registry.gauge("adit_gateway_bus_oldest_scan_seconds",
                                  "Age of the oldest scan that is not answered yet.");
    registry.on_collect([dispatcher = std::move(dispatcher), &clock, &sent, &resent, &shares,
                         &blocks, &in_flight, &oldest] {
        const auto* bus = dispatcher();
        if (bus == nullptr) return;
        const auto& scans = bus->scans();
        sent.follow(scans.counters().sent);
        resent.follow(scans.counters().resent);
        shares.follow(scans.counters().shares);
        blocks.follow(scans.counters().blocks);
        in_flight.set(static_cast<double>(scans.in_flight()));
        oldest.set(age_seconds(scans.oldest(), clock.steady_now()));
    });
}

}  // namespace

void publish_queues(service::Registry& registry, const Front& front,
                    std::function<const bus::Dispatcher*()> dispatcher, const base::Clock& clock) {
    publish_front(registry, front, clock);
    publish_batches(registry, dispatcher, clock);
    publish_scans(registry, std::move(dispatcher), clock);
}

}  // namespace gateway
