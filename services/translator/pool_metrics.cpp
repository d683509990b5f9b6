#include "translator/pool_metrics.h"

namespace translator {

PoolMetrics::PoolMetrics(service::Registry& registry)
    : in_use(registry.gauges("adit_translator_pool_in_use", "1 for the pool that miners work for",
                             {"pool"})),
      connections(registry.gauges("adit_translator_pool_connections",
                                  "Connections that a pool has taken", {"pool"})),
      channels(registry.gauges("adit_translator_pool_channels", "Channels that are open at a pool",
                               {"pool"})),
      waiting(registry.gauge("adit_translator_pool_waiting_channels",
                             "Channels that wait for a pool, or to be asked for in their turn")),
      handshakes(registry.counters("adit_translator_pool_handshakes_total",
                                   "Dials, by how far they came: ok, or why not",
                                   {"pool", "result"})),
      ended(registry.counters("adit_translator_pool_connections_ended_total",
                              "Ends of connections that a pool had taken", {"pool", "reason"})),
      opens(registry.counters("adit_translator_pool_opens_total",
                              "Channels asked for, by what became of it", {"pool", "result"})),
      shares(registry.counters("adit_translator_pool_shares_total",
                               "Shares sent to a pool, by its answer", {"pool", "result"})),
      ack_seconds(registry.histograms(
          "adit_translator_pool_ack_seconds", "From sending a share to the pool's answer", {"pool"},
          {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30})),
      reconnects(registry.counters("adit_translator_pool_reconnects_total",
                                   "Times that a pool sent a connection elsewhere", {"pool"})),
      oddities(registry.counters("adit_translator_pool_oddities_total",
                                 "Messages of a pool's that were out of place", {"pool"})),
      failovers(registry.counter("adit_translator_pool_failovers_total",
                                 "Times that another pool had to take over")),
      returns(registry.counter("adit_translator_pool_returns_total",
                               "Times that miners went back to a pool before the one in use")),
      moved(registry.counter("adit_translator_pool_channels_moved_total",
                             "Channels that went to another connection without an interruption")),
      interrupted(registry.counter("adit_translator_pool_channels_interrupted_total",
                                   "Channels whose connection ended under them")) {}

}  // namespace translator
