#include "channel-manager/metrics.h"

#include <string>

namespace channel_manager {

Metrics::Metrics(service::Registry& registry)
    : Metrics(registry,
              registry.counters("adit_channel_manager_shares_total",
                                "Shares that have an outcome, by what the miner was told.",
                                {"verdict"})) {}

Metrics::Metrics(service::Registry& registry, service::Family<service::Counter>& shares)
    : accepted_shares(shares.with({"accepted"})),
      credited_difficulty(
          registry.sum("adit_channel_manager_credited_difficulty_total",
                       "Difficulty of the shares that the ledger has credited, summed; times 2^32 "
                       "it is the hashes that they took.")),
      batches(registry.counter("adit_channel_manager_batches_total", "Batches committed.")),
      replays(registry.counter("adit_channel_manager_replays_total",
                               "Batches that had been committed before.")),
      refused(registry.counter("adit_channel_manager_refused_batches_total",
                               "Batches that the ledger refused for ever.")),
      dropped(registry.counter("adit_channel_manager_dropped_batches_total",
                               "Batches beyond the credits given; a gateway sent too many.")),
      unjudged(registry.counter("adit_channel_manager_unjudged_shares_total",
                                "Shares answered stale because nobody had their template.")),
      ledger_gaps(registry.counter("adit_channel_manager_ledger_gaps_total",
                                   "Commits before which sequences are missing: shares that a "
                                   "rolled-back Redis lost.")),
      wait_shortfalls(registry.counter("adit_channel_manager_wait_shortfalls_total",
                                       "Commits that too few replicas had in time.")),
      commit_failures(registry.counter("adit_channel_manager_commit_failures_total",
                                       "Attempts at a commit that must be repeated.")),
      commit_seconds(registry.histogram(
          "adit_channel_manager_commit_seconds", "From judging a batch to its commit.",
          {0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5})),
      solutions(registry.counters("adit_channel_manager_solutions_total",
                                  "Solved blocks: submitted, confirmed on a disk, lost.",
                                  {"stage"})),
      scans(registry.counter("adit_channel_manager_scans_total",
                             "Scans of shares that waited for their batch elsewhere.")),
      scanned_shares(
          registry.counter("adit_channel_manager_scanned_shares_total", "Shares in those scans.")),
      scans_dropped(registry.counter("adit_channel_manager_dropped_scans_total",
                                     "Scans beyond the bound; their gateways ask again.")),
      blocks_by_scan(registry.counter("adit_channel_manager_blocks_by_scan_total",
                                      "Blocks that were found by a scan.")),
      held_scans(registry.gauge("adit_channel_manager_held_scans",
                                "Scans that wait for a template or for a block's replica.")),
      batch_queue(registry, "batches"),
      scan_queue(registry, "scans"),
      held(registry.gauges("adit_channel_manager_held_batches",
                           "Batches without an outcome, by what they wait for.", {"waits_for"})),
      oldest_seconds(registry.gauge("adit_channel_manager_oldest_batch_seconds",
                                    "Age of the oldest batch without an outcome.")),
      gateways(registry.gauge("adit_channel_manager_gateways", "Gateways that gave us welcome.")),
      gateways_configured(
          registry.gauge("adit_channel_manager_gateways_configured",
                         "Gateways that the configuration names, as its names are resolved.")),
      template_replicas(registry.gauge("adit_channel_manager_template_replicas",
                                       "Template replicas whose stream is whole.")),
      template_replicas_configured(registry.gauge(
          "adit_channel_manager_template_replicas_configured",
          "Template replicas that the configuration names, as its names are resolved.")),
      fetched_templates(registry.counter("adit_channel_manager_fetched_templates_total",
                                         "Templates that no stream brought and that were found.")),
      log_bytes(registry.gauge("adit_channel_manager_share_log_bytes",
                               "Records in the share log of the fullest partition that this "
                               "worker has committed to.")),
      log_alarms(registry.gauge("adit_channel_manager_share_log_alarms",
                                "Partitions whose share log is more than half full of what a "
                                "required reader has not read; at its bound acknowledgements "
                                "stop.")),
      payout_fits(registry.gauge("adit_channel_manager_payout_fits",
                                 "0 when the block of the current template has no room for the "
                                 "pool's own coinbase.")) {
    for (const auto error : mining::share_errors)
        rejected_shares_[static_cast<std::size_t>(error)] =
            &shares.with({std::string{mining::error_code(error)}});
}

}  // namespace channel_manager
