#!/usr/bin/env python3
"""What a pool that mines tells Prometheus: all that was promised, in form, moving, and bounded.

Usage: metrics_test.py FOLDER_OF_PROGRAMS
With --write after it, docs/metrics.md is written anew instead of compared.
"""

import itertools
import re
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
for folder in ("tests/support", "tests/integration", "tools/dev"):
    sys.path.insert(0, str(ROOT / folder))

import metrics_page
from monitoring import (dashboard_expressions, load_rules, metrics_of, need_promtool, patterns_of,
                        promtool)
from processes import wait_until
from scraped_pool import SERVICES, ScrapedPool
from up_scrape import parse_metrics

WRITE = "--write" in sys.argv
BINARIES = Path(sys.argv[1]).resolve()

# One scrape of a process; none of it grows with miners, channels or time.
SERIES_MAX = 400
# The chain wants a block every few seconds of an idle machine.
PATIENCE_S = 240.0
# An age that only what waits for something frozen has: a commit takes milliseconds.
OLD_S = 1.0

GATEWAY, WORKER, TEMPLATE, VARDIFF, TRANSLATOR = SERVICES
ACCEPTED = {"result": "accepted"}
# What moves by itself while miners mine.
MOVES = [
    ("shares by result", GATEWAY, "adit_gateway_shares_total", ACCEPTED),
    ("shares by result", WORKER, "adit_channel_manager_shares_total", {"verdict": "accepted"}),
    ("shares by result", TRANSLATOR, "adit_translator_shares_total", ACCEPTED),
    ("work", GATEWAY, "adit_gateway_accepted_difficulty_total", {}),
    ("work", WORKER, "adit_channel_manager_credited_difficulty_total", {}),
    ("work", TRANSLATOR, "adit_translator_accepted_difficulty_total", {}),
    ("ack latency", GATEWAY, "adit_gateway_share_ack_seconds_count", {}),
    ("ack latency", TRANSLATOR, "adit_translator_share_answer_seconds_count", {}),
    ("ack latency", TRANSLATOR, "adit_translator_pool_ack_seconds_count", {}),
    ("new block to job", GATEWAY, "adit_gateway_new_block_job_seconds_count", {}),
    ("new block to first job", GATEWAY, "adit_gateway_new_block_first_job_seconds", {}),
    ("new block to p99 job", GATEWAY, "adit_gateway_new_block_p99_job_seconds", {}),
    ("new block to last job", GATEWAY, "adit_gateway_new_block_last_job_seconds", {}),
    ("new block to job", TRANSLATOR, "adit_translator_new_block_notify_seconds_count", {}),
    ("connections", GATEWAY, "adit_gateway_connections", {}),
    ("connections", GATEWAY, "adit_gateway_connections_max", {}),
    ("connections", GATEWAY, "adit_gateway_channels", {}),
    ("connections", TRANSLATOR, "adit_translator_connections", {}),
    ("handshakes", GATEWAY, "adit_gateway_handshakes_total", {"result": "ok"}),
    ("handshakes", TRANSLATOR, "adit_translator_pool_handshakes_total", {"result": "ok"}),
    ("credits", GATEWAY, "adit_gateway_bus_credits", {}),
    ("workers", GATEWAY, "adit_gateway_bus_workers", {}),
    ("Redis wait", WORKER, "adit_redis_wait_seconds_count", {}),
    ("Redis commands", GATEWAY, "adit_redis_command_seconds_count", {}),
    ("Redis commands", WORKER, "adit_redis_command_seconds_count", {}),
    ("Redis commands", TEMPLATE, "adit_redis_command_seconds_count", {}),
    ("Redis commands", VARDIFF, "adit_redis_command_seconds_count", {}),
    ("commits", WORKER, "adit_channel_manager_commit_seconds_count", {}),
    ("vardiff", VARDIFF, "adit_vardiff_shares_read_total", {}),
    ("vardiff", VARDIFF, "adit_vardiff_channels", {}),
    ("vardiff ratio", VARDIFF, "adit_vardiff_ratio_channels", {}),
    ("vardiff ratio", VARDIFF, "adit_vardiff_sent_shares_per_second", {}),
    ("vardiff ratio", VARDIFF, "adit_vardiff_wanted_shares_per_second", {}),
    ("template age", TEMPLATE, "adit_template_age_seconds", {}),
    ("templates", TEMPLATE, "adit_template_templates_total", {}),
    ("nodes", TEMPLATE, "adit_template_node_height", {}),
    ("blocks by stage", TEMPLATE, "adit_template_blocks_total", {"stage": "found"}),
    ("blocks by stage", TEMPLATE, "adit_template_blocks_total", {"stage": "submitted"}),
    ("blocks by stage", TEMPLATE, "adit_template_blocks_total", {"stage": "accepted"}),
    ("blocks", GATEWAY, "adit_gateway_blocks_found_total", {}),
    ("certificates", GATEWAY, "adit_gateway_certificate_expiry_timestamp_seconds", {}),
    ("certificates", TEMPLATE, "adit_template_certificate_expiry_timestamp_seconds", {}),
    ("certificates", TRANSLATOR, "adit_translator_tls_certificate_expiry_timestamp_seconds", {}),
    *(("loop lag", service, "adit_loop_lag_seconds_count", {}) for service in SERVICES),
    *(("build info", service, "adit_build_info", {"service": service}) for service in SERVICES),
    *(("readiness", service, "adit_ready", {}) for service in SERVICES),
]
QUEUES = {GATEWAY: ("partition", "paced_events", "output", "redis"),
          WORKER: ("batches", "scans", "redis"), TEMPLATE: ("subscriber", "spool", "redis"),
          VARDIFF: ("subscriber", "redis"), TRANSLATOR: ("output", "silent")}
REASONS = ("stale-share", "duplicate-share", "difficulty-too-low", "invalid-job-id",
           "invalid-share")
# Metrics that only a node of the kind "sv2-tp" has (tests/template/tdp_source_test.cpp sees them), and
# those of adit-admin, which is not among the processes scraped here.
ELSEWHERE = re.compile(r"adit_template_tdp_source_\w+|adit_admin_\w+")


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pool = ScrapedPool(BINARIES)
        cls.addClassCleanup(cls.pool.__exit__, None, None, None)
        cls.wait_for(MOVES)
        cls.scrapes = {name: cls.pool.scrape(name)
                       for names in SERVICES.values() for name in names}

    @classmethod
    def tearDownClass(cls):
        cls.pool.up.discard()

    @classmethod
    def wait_for(cls, moves: list, beyond: float = 0.0) -> None:
        """Until each has been seen above that."""
        missing = list(moves)

        def have_all_moved() -> bool:
            missing[:] = [each for each in missing if cls.pool.value(*each[1:]) <= beyond]
            return not missing

        try:
            wait_until(have_all_moved, "all metrics to move", PATIENCE_S)
        except AssertionError as error:
            raise AssertionError(f"these have not moved: {missing}") from error

    def all_names(self) -> set[str]:
        return {entry.name for scrape in self.scrapes.values()
                for entry in metrics_page.read(scrape)}

    def test_promtool_accepts_what_every_process_says(self):
        for name, scrape in self.scrapes.items():
            with self.subTest(name):
                status, said = promtool("check", "metrics", text=scrape)
                self.assertEqual((status, said), (0, ""))

    def test_the_number_of_series_is_bounded_and_names_no_miner(self):
        for name, scrape in self.scrapes.items():
            with self.subTest(name):
                samples = parse_metrics(scrape)
                print(f"{name}: {len(samples)} series", flush=True)
                self.assertLessEqual(len(samples), SERIES_MAX)
                for (_, labels), _ in samples.items():
                    self.assertNotIn("dev.", str(labels))

    def test_every_reason_is_there_before_a_share_is_refused_for_it(self):
        samples = parse_metrics(self.scrapes["gateway"])
        for reason in REASONS:
            labels = (("reason", reason), ("result", "rejected"))
            self.assertIn(("adit_gateway_shares_total", labels), samples)

    def test_every_queue_tells_depth_bound_and_age(self):
        for service, queues in QUEUES.items():
            for queue in queues:
                with self.subTest(service, queue=queue):
                    labels = {"queue": queue}
                    self.assertGreater(self.pool.value(service, "adit_queue_bound", labels), 0)
                    for name in SERVICES[service]:
                        self.assertIn(("adit_queue_depth", (("queue", queue),)),
                                      parse_metrics(self.scrapes[name]))

    def test_a_frozen_worker_shows_as_resends_and_a_missing_replica(self):
        # A partition stays with one worker, and there are few connections here: all of theirs may be
        # with one, and the other has nothing in hand that could be sent again. So both are frozen in
        # turn, until one had something.
        def lost() -> float:
            return self.pool.value(GATEWAY, "adit_gateway_bus_workers_lost_total")

        def resent() -> float:
            return self.pool.value(GATEWAY, "adit_gateway_bus_batches_resent_total")

        deadline = time.monotonic() + PATIENCE_S
        for name in itertools.cycle(SERVICES[WORKER]):
            lost_before, resent_before = lost(), resent()
            with self.pool.stopped(name):
                # What it held is sent again before it is given up, or with that.
                wait_until(lambda before=lost_before: lost() > before, f"{name} to be missed",
                           PATIENCE_S)
                was_resent = resent() > resent_before
            wait_until(lambda: self.pool.value(GATEWAY, "adit_gateway_bus_workers") == 2,
                       "both workers")
            print(f"{name} was frozen with {'a batch' if was_resent else 'nothing'} in hand",
                  flush=True)
            if was_resent:
                return
            self.assertLess(time.monotonic(), deadline, "no worker had anything in hand")

    def test_a_frozen_redis_shows_as_shares_that_wait_and_queues_that_grow_old(self):
        def oldest(service: str, queue: str) -> tuple:
            return (queue, service, "adit_queue_oldest_seconds", {"queue": queue})

        with self.pool.stopped("redis"):
            self.wait_for([
                ("unacknowledged", GATEWAY, "adit_gateway_shares_unacknowledged", {})])
            self.wait_for([
                ("their age", GATEWAY, "adit_gateway_oldest_unacknowledged_seconds", {}),
                oldest(GATEWAY, "partition"), oldest(WORKER, "batches"), oldest(WORKER, "redis")],
                beyond=OLD_S)
        wait_until(lambda: self.pool.value(
            GATEWAY, "adit_gateway_oldest_unacknowledged_seconds") < OLD_S, "the ledger")

    def test_a_frozen_replica_of_redis_shows_as_shortfalls_of_wait(self):
        shortfalls = ("shortfalls", WORKER, "adit_channel_manager_wait_shortfalls_total", {})
        before = self.pool.value(*shortfalls[1:])
        with self.pool.stopped("replica"):
            self.wait_for([shortfalls], beyond=before)

    def test_the_page_lists_exactly_what_is_exported(self):
        pages = {service: [self.scrapes[name] for name in names]
                 for service, names in SERVICES.items()}
        page = metrics_page.render(pages)
        path = ROOT / "docs" / "metrics.md"
        if WRITE:
            path.write_text(page)
        self.assertEqual(path.read_text(), page,
                         f"write it anew: {sys.argv[0]} {sys.argv[1]} --write")

    def test_rules_and_dashboards_name_only_what_is_exported(self):
        exported = self.all_names()
        recorded = {rule["record"] for rule in load_rules() if "record" in rule}
        expressions = [rule["expr"] for rule in load_rules()] + dashboard_expressions()
        self.assertGreater(len(expressions), 100)
        for expression in expressions:
            with self.subTest(expression):
                self.assertEqual(metrics_of(expression) - exported - recorded, set())
                for pattern in patterns_of(expression):
                    self.assertTrue(any(re.fullmatch(pattern, name) for name in exported))

    def test_the_documents_name_only_what_is_exported(self):
        exported = self.all_names()
        for path in (ROOT / "ARCHITECTURE.md", ROOT / "docs" / "runbook.md"):
            text = path.read_text()
            for name in set(re.findall(r"\badit_[a-z0-9_]+[a-z0-9]\b", text)):
                with self.subTest(path.name, metric=name):
                    self.assertTrue(name in exported or ELSEWHERE.fullmatch(name)
                                    or re.sub(r"_(bucket|count|sum)$", "", name) in exported)


if __name__ == "__main__":
    need_promtool()
    unittest.main(argv=sys.argv[:1], verbosity=2)
