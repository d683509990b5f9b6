#include "gateway/queue_metrics.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gateway {
namespace {

/// Nothing is as old as nothing; what is not due yet is not old.
double age(std::optional<base::SteadyTime> since, base::SteadyTime now) {
    return std::chrono::duration<double>(now - std::min(since.value_or(now), now)).count();
}

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
    registry.on_collect(
        [&front, &clock, &in_handshake, &paused, &unsent, &oldest_unsent, &pending_opens] {
            const auto queues = front.queues();
            in_handshake.set(static_cast<double>(queues.in_handshake));
            paused.set(static_cast<double>(queues.paused));
            unsent.set(static_cast<double>(queues.unsent_bytes));
            oldest_unsent.set(age(queues.unsent_since, clock.steady_now()));
            pending_opens.set(static_cast<double>(queues.pending_opens));
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
    auto& resent = registry.gauge("adit_gateway_bus_batches_resent",
                                  "Batches sent to a second channel-manager since the start.");
    registry.on_collect([dispatcher = std::move(dispatcher), &clock, &workers, &credits, &in_flight,
                         &unacknowledged, &oldest, &fullest, &paced, &resent] {
        const auto* bus = dispatcher();
        if (bus == nullptr) return;
        workers.set(static_cast<double>(bus->workers()));
        credits.set(static_cast<double>(bus->credits()));
        in_flight.set(static_cast<double>(bus->batches_in_flight()));
        unacknowledged.set(static_cast<double>(bus->unacknowledged_shares()));
        oldest.set(age(bus->oldest(), clock.steady_now()));
        fullest.set(static_cast<double>(bus->fullest()));
        paced.set(static_cast<double>(bus->paced_events()));
        resent.set(static_cast<double>(bus->counters().batches_resent));
    });
}

void publish_scans(service::Registry& registry, std::function<const bus::Dispatcher*()> dispatcher,
                   const base::Clock& clock) {
    auto& sent = registry.gauge("adit_gateway_bus_scans_sent",
                                "Scans of shares that waited for their batch, since the start.");
    auto& resent = registry.gauge("adit_gateway_bus_scans_resent",
                                  "Scans sent to a second channel-manager since the start.");
    auto& shares = registry.gauge("adit_gateway_bus_scanned_shares", "Shares in those scans.");
    auto& blocks = registry.gauge(
        "adit_gateway_bus_blocks_by_scan",
        "Blocks that a scan brought to a template replica before their batch, since the start.");
    auto& in_flight =
        registry.gauge("adit_gateway_bus_scans_in_flight", "Scans that are not answered yet.");
    auto& oldest = registry.gauge("adit_gateway_bus_oldest_scan_seconds",
                                  "Age of the oldest scan that is not answered yet.");
    registry.on_collect([dispatcher = std::move(dispatcher), &clock, &sent, &resent, &shares,
                         &blocks, &in_flight, &oldest] {
        const auto* bus = dispatcher();
        if (bus == nullptr) return;
        const auto& scans = bus->scans();
        sent.set(static_cast<double>(scans.counters().sent));
        resent.set(static_cast<double>(scans.counters().resent));
        shares.set(static_cast<double>(scans.counters().shares));
        blocks.set(static_cast<double>(scans.counters().blocks));
        in_flight.set(static_cast<double>(scans.in_flight()));
        oldest.set(age(scans.oldest(), clock.steady_now()));
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
