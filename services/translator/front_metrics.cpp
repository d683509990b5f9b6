#include "translator/front_metrics.h"

#include <string>

#include "service/queue_gauges.h"
#include "translator/miner_front.h"

namespace translator {

FrontMetrics::FrontMetrics(service::Registry& registry)
    : connections(
          registry.gauge("adit_translator_connections", "Miners' connections that are open.")),
      connections_max(registry.gauge("adit_translator_connections_max",
                                     "Connections beyond which nobody is let in.")),
      connections_closed(registry.counters("adit_translator_connections_closed_total",
                                           "Connections that ended, by reason.", {"reason"})),
      tls_handshakes(registry.counters("adit_translator_tls_handshakes_total",
                                       "TLS handshakes by how they ended.", {"result"})),
      paced(
          registry.counter("adit_translator_reading_paused_total",
                           "Times that a miner was not read for a while, for it says too much.")) {}

void publish_front(service::Registry& registry, const MinerFront& front, const base::Clock& clock) {
    auto& silent = registry.gauge("adit_translator_connections_silent",
                                  "Connections that have not said a line yet.");
    auto& paced = registry.gauge("adit_translator_connections_paced",
                                 "Connections that are not read for a moment: they say too much.");
    auto& unsent =
        registry.gauge("adit_translator_unsent_bytes", "Bytes that miners have not taken yet.");
    auto& oldest =
        registry.gauge("adit_translator_oldest_unsent_seconds",
                       "How long the slowest miner has not taken what was there for it.");
    auto& memory = registry.gauge("adit_translator_connections_memory_bytes",
                                  "What all connections and their sessions hold, estimated.");
    registry.on_collect([&, output = service::QueueGauges{registry, "output"},
                         unheard = service::QueueGauges{registry, "silent"}]() mutable {
        const auto queues = front.queues();
        const auto now = clock.steady_now();
        silent.set(static_cast<double>(queues.silent));
        paced.set(static_cast<double>(queues.paced));
        unsent.set(static_cast<double>(queues.unsent_bytes));
        oldest.set(service::age_seconds(queues.unsent_since, now));
        output.set(queues.fullest_unsent, front.limits().send_queue_max, queues.unsent_since, now);
        unheard.set(queues.silent, front.limits().silent_max);
        memory.set(static_cast<double>(front.memory()));
    });
}

}  // namespace translator
