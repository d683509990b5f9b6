#!/usr/bin/env python3
"""Redis hangs for 30 s under 1,200 shares a second: jobs go on, memory does not, nothing is lost.

Usage: back_pressure_test.py FOLDER_OF_PROGRAMS
"""

import json
import os
import shutil
import signal
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "dev"))

import children
from chaos_pool import GATEWAYS, TEMPLATES, WORKERS, Pool
from chaos_store import LoneRedis

BINARIES = Path(sys.argv[1]).resolve()
# Six connections find these, and a partition's queue takes 4,096: after some 20 s those are full
# and their sockets are not read.
SHARES_PER_SECOND = 1200
HANGS_FOR_S = 30.0
# A busy machine finds shares more slowly, and Redis hangs until a queue is full.
HANGS_AT_MOST_S = 240.0
# The bound of a partition's queue, and what one read of 64 KiB may add.
ENTRIES_MAX = 4096 + 64 * 1024 // 48
# 16 full queues of 4,096 shares at some 300 B, scans of them, and ZeroMQ's buffers.
GROWTH_MAX = 64 << 20


def resident(pid: int) -> int:
    """Bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def job_ids(journal: Path, start_us: int, end_us: int) -> set[int]:
    """The jobs of the shares that were found in that time."""
    found = set()
    for line in journal.read_text().splitlines(keepends=True):
        if line.endswith("\n") and '"event":"share"' in line:
            event = json.loads(line)
            if start_us <= event["time_us"] < end_us:
                found.add(event["job_id"])
    return found


class RedisHangs(unittest.TestCase):
    def setUp(self):
        children.adopt_orphans()
        self.addCleanup(children.end_all)
        self.folder = ROOT / "var" / f"back-pressure-{os.getpid()}"

    def sample(self, pool: Pool, into: dict) -> None:
        """The most of each figure that was seen."""
        figures = {}
        for name in GATEWAYS:
            for series in ("adit_gateway_fullest_partition_entries",
                           "adit_gateway_connections_paused",
                           "adit_gateway_shares_unacknowledged",
                           "adit_gateway_bus_scans_in_flight",
                           "adit_gateway_unsent_bytes"):
                figures[series, name] = pool.metric(name, series)
        for name in GATEWAYS + WORKERS + TEMPLATES:
            figures["resident", name] = resident(pool.child(name).pid)
        for key, value in figures.items():
            into[key] = max(into.get(key, 0), value)

    def test_what_waits_is_bounded_and_all_else_goes_on(self):
        pool = Pool(BINARIES, self.folder, SHARES_PER_SECOND, LoneRedis)
        pool.miners.start()
        pool.miners.wait_for_answers(0)
        time.sleep(3)
        before, most = {}, {}
        self.sample(pool, before)
        templates = {name: pool.metric(name, "adit_gateway_templates_total") for name in GATEWAYS}

        stopped_at = time.time_ns() // 1000
        pool.child("redis").send(signal.SIGSTOP)
        self.addCleanup(pool.child("redis").send, signal.SIGCONT)
        hangs_s, is_full, fresh = 0.0, False, {}
        while hangs_s < HANGS_FOR_S or not (is_full and min(fresh.values()) > 1):
            self.assertLess(hangs_s, HANGS_AT_MOST_S, "no queue was filled, or no template came: "
                            f"this run shows nothing; full: {is_full}, templates: {fresh}")
            self.sample(pool, most)
            is_full = any(most["adit_gateway_connections_paused", name] > 0 for name in GATEWAYS)
            fresh = {name: pool.metric(name, "adit_gateway_templates_total") - templates[name]
                     for name in GATEWAYS}
            time.sleep(0.2)
            hangs_s = (time.time_ns() // 1000 - stopped_at) / 1e6
        resumed_at = time.time_ns() // 1000
        pool.child("redis").send(signal.SIGCONT)

        pool.miners.wait_for_answers(resumed_at)
        pool.wait_until(lambda: all(
            pool.metric(name, "adit_gateway_oldest_unacknowledged_seconds") < 2
            and pool.metric(name, "adit_gateway_connections_paused") == 0 for name in GATEWAYS),
            "the queues to empty")
        pool.check_living()
        pool.miners.stop()
        for (series, name), value in sorted(most.items()):
            print(f"{name} {series}: {before[series, name]:.0f} -> {value:.0f}", flush=True)

        for name in GATEWAYS:
            self.assertLessEqual(most["adit_gateway_fullest_partition_entries", name], ENTRIES_MAX)
        for name in GATEWAYS + WORKERS + TEMPLATES:
            self.assertLess(most["resident", name] - before["resident", name], GROWTH_MAX, name)
        for miner in pool.miners.all:
            self.assertEqual((miner.tail.connections, miner.tail.losses), (1, 0), miner.name)
            self.assertLessEqual(set(miner.tail.rejected), {"stale-share"}, miner.name)
            known = job_ids(miner.journal, 0, stopped_at)
            new = job_ids(miner.journal, stopped_at + 2_000_000, resumed_at) - known
            self.assertGreater(len(new), 1, f"{miner.name} worked on new jobs meanwhile")
        is_clean, said = pool.audit()
        print(said.strip(), flush=True)
        self.assertTrue(is_clean, said)
        pool.stop()
        shutil.rmtree(self.folder)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
