#pragma once

#include "service/metrics.h"
#include "service/queue_gauges.h"

namespace templates {

/// What Prometheus is told. The registry's; kept by main.
struct Metrics {
    service::Counter& templates;
    service::Gauge& template_age_seconds;
    service::Gauge& template_height;
    service::Gauge& network_difficulty;
    service::Family<service::Counter>& blocks;  // by stage
    service::Gauge& subscribers;
    service::Gauge& subscriber_backlog;
    service::QueueGauges subscriber_queue;
    service::Counter& slow_subscribers;
    service::Gauge& spool_depth;
    service::QueueGauges spool_queue;
    service::Gauge& spool_unreadable;
    service::Family<service::Counter>& block_answers;  // by node, answer
    service::Family<service::Gauge>& blocks_waiting;   // by node
    service::Gauge& block_events_waiting;
    service::Gauge& leader;
    service::Gauge& leader_epoch;
    service::Gauge& lease_age_seconds;
    service::Gauge& peers_in_sync;
    service::Gauge& peers_configured;
    service::Gauge& relay_lag_seconds;
    service::Gauge& held_templates;
    service::Gauge& held_transactions;
    service::Gauge& held_bytes;
    service::Counter& archived_bytes;
    service::Counter& archive_failures;
};

inline Metrics make_metrics(service::Registry& registry) {
    return {
        .templates = registry.counter("adit_template_templates_total", "Templates streamed"),
        .template_age_seconds = registry.gauge("adit_template_age_seconds",
                                               "Since the source last confirmed the template"),
        .template_height =
            registry.gauge("adit_template_height", "Height of the block being worked on"),
        .network_difficulty = registry.gauge("adit_template_network_difficulty",
                                             "Difficulty that a hash needs to be a block"),
        .blocks = registry.counters("adit_template_blocks_total",
                                    "Solved blocks, by what became of them", {"stage"}),
        .subscribers = registry.gauge("adit_template_subscribers", "Open streams of templates"),
        .subscriber_backlog =
            registry.gauge("adit_template_subscriber_backlog",
                           "Templates that wait for the subscriber that is furthest behind"),
        .subscriber_queue = {registry, "subscriber"},
        .slow_subscribers = registry.counter("adit_template_slow_subscribers_total",
                                             "Streams ended because the subscriber was too slow"),
        .spool_depth =
            registry.gauge("adit_template_spool_depth", "Solved blocks that no node has taken yet"),
        .spool_queue = {registry, "spool"},
        .spool_unreadable = registry.gauge("adit_template_spool_unreadable_files",
                                           "Files in the spool whose block nobody can get out"),
        .block_answers =
            registry.counters("adit_template_block_answers_total",
                              "Final answers of nodes to solved blocks", {"node", "answer"}),
        .blocks_waiting =
            registry.gauges("adit_template_blocks_waiting",
                            "Solved blocks that this node has not answered for yet", {"node"}),
        .block_events_waiting = registry.gauge("adit_template_block_events_waiting",
                                               "Events of blocks that Redis does not have yet"),
        .leader = registry.gauge("adit_template_leader", "1 where this replica leads"),
        .leader_epoch = registry.gauge("adit_template_leader_epoch",
                                       "The newest epoch that this replica has heard of"),
        .lease_age_seconds =
            registry.gauge("adit_template_lease_age_seconds",
                           "Since Redis last confirmed this leader's lease; 0 without one"),
        .peers_in_sync = registry.gauge("adit_template_peers_in_sync",
                                        "Other replicas whose templates are here, and stream on"),
        .peers_configured = registry.gauge(
            "adit_template_peers_configured",
            "Other replicas that the configuration names, as its names are resolved"),
        .relay_lag_seconds =
            registry.gauge("adit_template_relay_lag_seconds",
                           "From naming the last template of another leader to its arrival here"),
        .held_templates = registry.gauge("adit_template_held_templates",
                                         "Templates of the recent tips in memory"),
        .held_transactions = registry.gauge("adit_template_held_transactions",
                                            "Their transactions, each counted once"),
        .held_bytes = registry.gauge("adit_template_held_bytes", "Bytes of these transactions"),
        .archived_bytes = registry.counter("adit_template_archived_bytes_total",
                                           "Compressed bytes of transactions given to Redis"),
        .archive_failures = registry.counter("adit_template_archive_failures_total",
                                             "Templates and packs that Redis did not take"),
    };
}

}  // namespace templates
