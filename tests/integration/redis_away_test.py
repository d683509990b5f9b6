#!/usr/bin/env python3
"""Redis is away: a block reaches the node all the same, and what waited is credited once.

Usage: redis_away_test.py FOLDER_OF_PROGRAMS [TEST...]
"""

import signal
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import journal
from dev_up import DevUp
from processes import wait_until

BINARIES = Path(sys.argv[1]).resolve()
# The embedded chain aims at a block every five seconds, but the CPU that finds them is shared.
BLOCK_PATIENCE_S = 240.0


class RedisAway(unittest.TestCase):
    def start(self) -> DevUp:
        up = self.enterContext(DevUp(BINARIES, "--shares-per-minute", "600"))
        up.wait_until_up()
        for path in up.journals():
            wait_until(lambda path=path: len(journal.gaps(path)) > 20, f"answers in {path.name}")
        wait_until(lambda: up.blocks("accepted") > 0, "a first block", BLOCK_PATIENCE_S)
        return up

    def assert_a_block_passes(self, up: DevUp) -> None:
        """While Redis is away: a scan brings a block to the node, and work goes on."""
        accepted = up.blocks("accepted")
        by_scan = up.metric("gateway", "adit_gateway_bus_blocks_by_scan_total")
        # What is at a worker when Redis goes has its own way; two more must come by scans.
        wait_until(lambda: up.metric("gateway", "adit_gateway_bus_blocks_by_scan_total") >= by_scan + 1
                   and up.blocks("accepted") >= accepted + 2, "blocks without Redis",
                   BLOCK_PATIENCE_S)
        self.assertGreater(up.metric("gateway", "adit_gateway_bus_scanned_shares_total"), 0)

    def assert_scanned_once(self, up: DevUp) -> None:
        """With the queue as it is: every share in it was scanned, and none twice."""
        def counts() -> tuple[float, float]:
            # In this order: what waits only grows meanwhile.
            return (up.metric("gateway", "adit_gateway_bus_scanned_shares_total"),
                    up.metric("gateway", "adit_gateway_shares_unacknowledged"))

        def most_are_scanned() -> bool:
            scanned, waiting = counts()
            self.assertLessEqual(scanned, waiting + 1)
            return scanned > waiting / 2

        wait_until(most_are_scanned, "most of what waits to be scanned")

    def end(self, up: DevUp, since_us: int) -> None:
        for path in up.journals():
            wait_until(lambda path=path: any(gap.start > since_us for gap in journal.gaps(path)),
                       f"answers in {path.name} when Redis is back")
            connections = {event["connection"] for event in journal.read(path)}
            self.assertEqual(len(connections), 1, "no miner lost its connection")
        wait_until(lambda: up.metric("gateway", "adit_gateway_shares_unacknowledged") < 50,
                   "everything to be answered")
        up.interrupt()
        self.assertEqual(up.wait(), 0, up.text())
        self.assertLessEqual(set(up.summary()["shares_rejected"]), {"stale-share"})
        status, said = up.audit()
        print(said.strip(), flush=True)
        self.assertEqual(status, 0, said)
        self.assertEqual(up.left_over(), [])
        up.discard()


class RedisStopped(RedisAway):
    def test_a_block_passes_a_redis_that_hangs(self):
        up = self.start()
        before = up.metric("gateway", "adit_gateway_bus_scanned_shares_total")
        up.send("redis", signal.SIGSTOP)
        self.addCleanup(up.send, "redis", signal.SIGCONT)
        self.assert_a_block_passes(up)
        if before == 0:
            self.assert_scanned_once(up)
        back = time.time_ns() // 1000
        up.send("redis", signal.SIGCONT)
        self.end(up, back)


class RedisKilled(RedisAway):
    def test_a_block_passes_while_there_is_no_redis(self):
        up = self.start()
        # Who would start Redis again sleeps meanwhile.
        up.send_supervisor(signal.SIGSTOP)
        self.addCleanup(up.send_supervisor, signal.SIGCONT)
        up.kill("redis")
        self.assert_a_block_passes(up)
        back = time.time_ns() // 1000
        up.send_supervisor(signal.SIGCONT)
        self.end(up, back)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
