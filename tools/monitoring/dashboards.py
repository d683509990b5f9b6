#!/usr/bin/env python3
"""Writes the dashboards into deploy/monitoring/grafana. They are kept there as Grafana reads them;
this is where they are changed."""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from panels import dashboard, graph, number, rows, target

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "monitoring" / "grafana"
GOOD_BAD = ((None, "green"), (1, "red"))


def quantile(q: float, metric: str, by: str = "", window: str = "5m") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q}, sum by ({labels}) (rate({metric}_bucket[{window}])))"


def quantiles(metric: str, window: str = "5m") -> list[dict]:
    return [target(quantile(q, metric, window=window), name)
            for q, name in ((0.5, "half within"), (0.9, "90 % within"), (0.99, "99 % within"))]


def pool() -> dict:
    return dashboard(
        "adit-pool", "adit / Pool", "The pool as a whole. The first three charts are those by which "
        "a pool that halts is found.",
        (4,
         number("Hash rate, 5 min", "adit:hashrate:rate5m", unit="Hs"),
         number("Valid shares, 5 min", "adit:valid_shares:ratio_rate5m", unit="percentunit",
                steps=((None, "red"), (0.95, "orange"), (0.99, "green"))),
         number("Channels on target", "adit:vardiff_on_target:ratio", unit="percentunit",
                steps=((None, "red"), (0.5, "orange"), (0.8, "green"))),
         number("Channels", "sum(adit_gateway_channels)"),
         number("Blocks, 24 h", "sum(increase(adit_gateway_blocks_found_total[1d]))"),
         number("Unacknowledged for", "max(adit_gateway_oldest_unacknowledged_seconds)", unit="s",
                steps=((None, "green"), (1, "orange"), (5, "red"))),
         number("Alerts", "count(ALERTS{alertname=~\"Adit.*\",alertstate=\"firing\"}) or vector(0)",
                steps=GOOD_BAD)),
        (10,
         graph("Hash rate", target("adit:hashrate:rate1m", "1 min"),
               target("adit:hashrate:rate5m", "5 min"), target("adit:hashrate:rate1h", "1 h"),
               target("adit:hashrate:rate1d", "1 d"), unit="Hs",
               what="From the difficulty of accepted shares, which is what miners are paid for."),
         graph("Valid-share rate", target("adit:valid_shares:ratio_rate5m", "valid"),
               unit="percentunit", low=None, high=1,
               what="Accepted of all answered shares. A gap is no share at all."),
         graph("Share-difficulty convergence",
               target("sum by (ratio) (adit_vardiff_ratio_channels)", "{{ratio}}"), percent=True,
               what="Channels by the ratio of the shares that they send to those that are wanted. "
                    "Nearly all belong to 0.5..2.")),
        (8,
         graph("Shares a second", target("sum by (result) (rate(adit_gateway_shares_total[1m]))",
                                         "{{result}}"), unit="ops"),
         graph("Rejected shares by reason",
               target("sum by (reason) "
                      "(rate(adit_gateway_shares_total{result=\"rejected\"}[5m]))", "{{reason}}"),
               unit="ops", stack=True),
         graph("Sent to wanted shares", target("adit:vardiff_sent_to_wanted:ratio", "all channels"),
               what="1 when targets are right on the whole.", logarithmic=True)),
        (8,
         graph("Answers to shares", *quantiles("adit_gateway_share_ack_seconds"), unit="s"),
         graph("New block to the miners",
               target("max(adit_gateway_new_block_first_job_seconds)", "first"),
               target("max(adit_gateway_new_block_p99_job_seconds)", "99 %"),
               target("max(adit_gateway_new_block_last_job_seconds)", "last"), unit="s"),
         graph("Connections", target("sum by (instance) (adit_gateway_connections)",
                                     "gateway {{instance}}"),
               target("sum by (instance) (adit_translator_connections)",
                      "translator {{instance}}"))),
        (8,
         rows("What is wrong right now",
              target("ALERTS{alertname=~\"Adit.*\",alertstate=\"firing\"}", instant=True,
                     table=True),
              what="Each has a paragraph in docs/runbook.md.",
              hidden=("Time", "__name__", "Value", "alertstate"))))


def latency() -> dict:
    return dashboard(
        "adit-latency", "adit / Latency", "How long shares, new blocks and what they rest on take.",
        ("Shares",),
        (8,
         graph("Answer to a share", *quantiles("adit_gateway_share_ack_seconds"), unit="s",
               logarithmic=True),
         graph("The same, 99 % by gateway",
               target(quantile(0.99, "adit_gateway_share_ack_seconds", "instance"),
                      "{{instance}}"), unit="s", logarithmic=True),
         graph("Answer to an SV1 share", *quantiles("adit_translator_share_answer_seconds"),
               unit="s", logarithmic=True)),
        ("New blocks",),
        (8,
         graph("New tip to jobs", *quantiles("adit_gateway_new_block_job_seconds", "1h"), unit="s",
               logarithmic=True),
         graph("The last tip, by gateway",
               target("adit_gateway_new_block_first_job_seconds", "first {{instance}}"),
               target("adit_gateway_new_block_p99_job_seconds", "99 % {{instance}}"),
               target("adit_gateway_new_block_last_job_seconds", "last {{instance}}"), unit="s"),
         graph("New tip to SV1 miners",
               *quantiles("adit_translator_new_block_notify_seconds", "1h"), unit="s",
               logarithmic=True)),
        ("What they rest on",),
        (8,
         graph("Commit of a batch", *quantiles("adit_channel_manager_commit_seconds"), unit="s",
               logarithmic=True),
         graph("Redis' answer, 99 %",
               target(quantile(0.99, "adit_redis_command_seconds", "job"), "{{job}}"), unit="s",
               logarithmic=True),
         graph("WAIT for replicas", *quantiles("adit_redis_wait_seconds"), unit="s",
               logarithmic=True)),
        (8,
         graph("Event loops, 99 % late by",
               target(quantile(0.99, "adit_loop_lag_seconds", "job, instance"),
                      "{{job}} {{instance}}"), unit="s", logarithmic=True,
               what="The loop's stamp is due every 100 ms."),
         graph("A pool's answer to a translator, 99 %",
               target(quantile(0.99, "adit_translator_pool_ack_seconds", "pool"), "{{pool}}"),
               unit="s", logarithmic=True),
         graph("Template relay", target("adit_template_relay_lag_seconds", "{{instance}}"),
               unit="s")))


def queues() -> dict:
    return dashboard(
        "adit-queues", "adit / Queues", "What waits, how near to its bound, and for how long. "
        "ARCHITECTURE.md says what happens at each bound.",
        (10,
         graph("How full", target("adit_queue_depth / adit_queue_bound",
                                  "{{queue}} {{instance}}"), unit="percentunit", high=1),
         graph("Oldest entry", target("adit_queue_oldest_seconds", "{{queue}} {{instance}}"),
               unit="s")),
        (8,
         graph("Stages: oldest entry", target("adit_stage_oldest_seconds", "{{stage}} {{instance}}"),
               unit="s", what="Beyond adit_stage_wait_max_seconds a stage stands still."),
         graph("Stages: entries", target("adit_stage_depth", "{{stage}} {{instance}}")),
         graph("Stood still", target("sum by (instance) (increase(adit_stalls_total[5m]))",
                                     "{{instance}}"))),
        ("Gateways",),
        (8,
         graph("Shares without an answer",
               target("adit_gateway_shares_unacknowledged", "{{instance}}"),
               target("adit_gateway_fullest_partition_entries", "fullest partition {{instance}}")),
         graph("Oldest of them", target("adit_gateway_oldest_unacknowledged_seconds",
                                        "{{instance}}"), unit="s"),
         graph("Batches that workers would take", target("adit_gateway_bus_credits",
                                                         "{{instance}}"),
               target("adit_gateway_bus_batches_in_flight", "in flight {{instance}}"))),
        (8,
         graph("Sent again", target("sum by (instance) "
                                    "(rate(adit_gateway_bus_batches_resent_total[5m]))",
                                    "batches {{instance}}"),
               target("sum by (instance) (rate(adit_gateway_bus_scans_resent_total[5m]))",
                      "scans {{instance}}"), unit="ops"),
         graph("Connections that are not read", target("adit_gateway_connections_paused",
                                                       "{{instance}}"),
               target("sum by (reason) (rate(adit_gateway_reading_paused_total[5m]))",
                      "pauses a second, {{reason}}")),
         graph("Unsent to miners", target("adit_gateway_unsent_bytes", "{{instance}}"),
               target("adit_translator_unsent_bytes", "translator {{instance}}"), unit="bytes")),
        ("Workers and ledger",),
        (8,
         graph("Batches that wait for", target("sum by (waits_for) "
                                               "(adit_channel_manager_held_batches)",
                                               "{{waits_for}}")),
         graph("WAIT shortfalls and failed commits",
               target("sum(rate(adit_channel_manager_wait_shortfalls_total[5m]))", "shortfalls"),
               target("sum(rate(adit_channel_manager_commit_failures_total[5m]))", "failures"),
               unit="ops"),
         graph("Share log", target("adit_channel_manager_share_log_bytes", "{{instance}}"),
               unit="bytes")),
        (8,
         graph("Vardiff behind the log", target("adit_vardiff_log_lag_seconds", "{{instance}}"),
               unit="s"),
         graph("Redis commands that wait", target("adit_redis_commands_pending",
                                                  "{{job}} {{instance}}")),
         graph("Jobs skipped for slow readers",
               target("sum by (instance) (rate(adit_gateway_jobs_skipped_total[5m]))",
                      "{{instance}}"),
               target("sum by (instance) (rate(adit_translator_jobs_skipped_total[5m]))",
                      "translator {{instance}}"), unit="ops")))


def nodes() -> dict:
    return dashboard(
        "adit-nodes", "adit / Nodes and templates", "Bitcoin nodes as the template replicas see "
        "them, and the templates that come of them.",
        (4,
         number("Nodes that answer", "count(max by (node) (adit_template_node_up) == 1) "
                "or vector(0)", steps=((None, "red"), (1, "orange"), (2, "green"))),
         number("Blocks behind, at most", "max(adit_template_node_lag_blocks)", steps=GOOD_BAD),
         number("Template's age, at most", "max(adit_template_age_seconds)", unit="s",
                steps=((None, "green"), (60, "orange"), (120, "red"))),
         number("Leaders", "sum(adit_template_leader)",
                steps=((None, "red"), (1, "green"), (2, "red"))),
         number("Height", "max(adit_template_height)")),
        (8,
         graph("Up", target("adit_template_node_up", "{{node}} at {{instance}}"), high=1),
         graph("Heights", target("adit_template_node_height", "{{node}} at {{instance}}"),
               low=None),
         graph("Blocks behind", target("adit_template_node_lag_blocks",
                                       "{{node}} at {{instance}}"))),
        (8,
         graph("Whose templates are used", target("adit_template_node_leads",
                                                  "{{node}} at {{instance}}"), high=1),
         graph("Peers", target("adit_template_node_peers", "{{node}} at {{instance}}")),
         graph("Take-overs", target("sum by (node) "
                                    "(increase(adit_template_node_switches_total[5m]))",
                                    "{{node}}"))),
        ("Templates",),
        (8,
         graph("Age", target("adit_template_age_seconds", "{{instance}}"), unit="s"),
         graph("Templates a minute",
               target("60 * sum by (instance) (rate(adit_template_templates_total[5m]))",
                      "{{instance}}")),
         graph("Lease", target("adit_template_lease_age_seconds", "{{instance}}"), unit="s")),
        (8,
         graph("Other replicas in sync", target("adit_template_peers_in_sync", "{{instance}}")),
         graph("Held", target("adit_template_held_bytes", "{{instance}}"), unit="bytes"),
         graph("Slow subscribers", target("sum by (instance) "
                                          "(increase(adit_template_slow_subscribers_total[5m]))",
                                          "{{instance}}"))))


def blocks() -> dict:
    return dashboard(
        "adit-blocks", "adit / Blocks", "What was found, what became of it, and how lucky that was.",
        (4,
         number("Found, 24 h", "sum(increase(adit_gateway_blocks_found_total[1d]))"),
         number("Found, 7 d", "sum(increase(adit_gateway_blocks_found_total[7d]))"),
         number("Part of the network", "adit:network:ratio_rate1h", unit="percentunit"),
         number("In no node yet", "sum(adit_template_spool_depth)", steps=GOOD_BAD),
         number("Lost, 7 d", "sum(increase(adit_template_blocks_total"
                "{stage=~\"rejected|given_up|no_taker\"}[7d]))", steps=GOOD_BAD),
         number("Orphaned, 7 d",
                "max(increase(adit_template_blocks_total{stage=\"orphaned\"}[7d]))",
                steps=((None, "green"), (1, "orange")))),
        (9,
         graph("Due and found",
               target("adit:expected_blocks:increase", "due in {{window}}"),
               target("adit:found_blocks:increase", "found in {{window}}"),
               what="Due is the difficulty of accepted shares in terms of the network's."),
         graph("Luck", target("adit:found_blocks:increase / adit:expected_blocks:increase",
                              "{{window}}"), unit="percentunit",
               what="100 % on average; with few blocks due it says little.")),
        (8,
         graph("By stage", target("max by (stage) (increase(adit_template_blocks_total[1h]))",
                                  "{{stage}}"),
               what="Each replica is given each block."),
         graph("What nodes answer",
               target("sum by (node, answer) (increase(adit_template_block_answers_total[1h]))",
                      "{{node}} {{answer}}")),
         graph("Waiting for a node", target("adit_template_blocks_waiting",
                                            "{{node}} at {{instance}}"))),
        (8,
         graph("Network difficulty", target("max(adit_template_network_difficulty)", "difficulty"),
               low=None),
         graph("In the spool", target("adit_template_spool_depth", "{{instance}}"),
               target("adit_template_spool_unreadable_files", "unreadable {{instance}}")),
         graph("Events that Redis does not have", target("adit_template_block_events_waiting",
                                                         "{{instance}}"))))


def services() -> dict:
    return dashboard(
        "adit-services", "adit / Services", "Every process: whether it is there, ready, whole, and "
        "who comes to it.",
        (9,
         rows("Processes", target("adit_build_info", instant=True, table=True),
              hidden=("Time", "__name__", "Value")),
         graph("Up", target("up{job=~\"adit-.*\"}", "{{job}} {{instance}}"), high=1),
         graph("Ready", target("adit_ready", "{{job}} {{instance}}"), high=1)),
        (8,
         graph("Event loops: worst tenth of a percent late by",
               target(quantile(0.999, "adit_loop_lag_seconds", "job, instance"),
                      "{{job}} {{instance}}"), unit="s", logarithmic=True),
         graph("Redis connected", target("adit_redis_connected", "{{job}} {{instance}}"), high=1),
         graph("Certificates end in",
               target("{__name__=~\"adit_.*_certificate_expiry_timestamp_seconds\"} - time()",
                      "{{job}} {{instance}}"), unit="s")),
        ("Replicas",),
        (8,
         graph("Workers of a gateway", target("adit_gateway_bus_workers", "{{instance}}")),
         graph("What a worker misses",
               target("adit_channel_manager_gateways_configured - adit_channel_manager_gateways",
                      "gateways {{instance}}"),
               target("adit_channel_manager_template_replicas_configured "
                      "- adit_channel_manager_template_replicas", "templates {{instance}}")),
         graph("Partitions of vardiff", target("adit_vardiff_partitions", "{{instance}}"))),
        ("Who comes",),
        (8,
         graph("Connections, of those that may be",
               target("adit_gateway_connections / adit_gateway_connections_max", "{{instance}}"),
               target("adit_translator_connections / adit_translator_connections_max",
                      "{{instance}}"), unit="percentunit", high=1),
         graph("Handshakes", target("sum by (result) (rate(adit_gateway_handshakes_total[5m]))",
                                    "{{result}}"),
               target("sum by (result) (rate(adit_translator_tls_handshakes_total[5m]))",
                      "TLS {{result}}"), unit="ops"),
         graph("Why connections end",
               target("sum by (reason) (rate(adit_gateway_connections_closed_total[5m]))",
                      "{{reason}}"),
               target("sum by (reason) (rate(adit_translator_connections_closed_total[5m]))",
                      "SV1 {{reason}}"), unit="ops")),
        (8,
         graph("Channels asked for",
               target("sum by (result) (rate(adit_gateway_channel_opens_total[5m]))", "{{result}}"),
               unit="ops"),
         graph("A translator's pools", target("adit_translator_pool_connections",
                                              "{{pool}} {{instance}}"),
               target("adit_translator_pool_in_use", "in use {{pool}} {{instance}}")),
         graph("Malformed messages",
               target("sum by (message) (rate(adit_gateway_malformed_total[5m]))", "{{message}}"),
               target("sum by (error) (rate(adit_translator_bad_lines_total[5m]))",
                      "SV1 {{error}}"), unit="ops")))


ALL = {"pool": pool, "latency": latency, "queues": queues, "nodes": nodes, "blocks": blocks,
       "services": services}


def text_of(name: str) -> str:
    return json.dumps(ALL[name](), indent=1) + "\n"


if __name__ == "__main__":
    for each in ALL:
        (FOLDER / f"adit-{each}.json").write_text(text_of(each))
        print(f"wrote {FOLDER / f'adit-{each}.json'}")
