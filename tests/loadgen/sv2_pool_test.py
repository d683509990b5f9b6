#!/usr/bin/env python3
"""adit-loadgen's SV2 miners on a whole pool: what they say of it is so, and the auditor agrees.

usage: sv2_pool_test.py FOLDER_OF_PROGRAMS
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import Process, wait_until
from small_pool import SmallPool

BINARIES = Path()
MINERS = 30
REFUSED_AS = {"duplicate": "duplicate-share", "low_difficulty": "difficulty-too-low",
              "stale_job": "stale-share", "bad_job_id": "invalid-job-id",
              "bad_version": "invalid-non-rollable-version-bit", "bad_ntime": "invalid-share"}


class Load(Process):
    """A running adit-loadgen, its journal and its summary."""

    def __init__(self, url: str, folder: Path, *options: str):
        self.journal, self._summary = folder / "journal", folder / "summary"
        super().__init__([str(BINARIES / "adit-loadgen"), "--url", url, "--miners", str(MINERS),
                          "--ramp", "200ms", "--seed", "1", "--journal", str(self.journal),
                          "--summary", str(self._summary), *options], folder / "loadgen.log")
        self.start()

    def status(self) -> dict:
        if not self.is_running():
            raise AssertionError(self.text()[-1000:])
        lines = self.text().split("\n")
        return json.loads(lines[-2]) if len(lines) > 1 else {}

    def wait_for(self, claim, what: str) -> None:
        wait_until(lambda: (status := self.status()) and claim(status), what)

    def wait_for_shares(self, count: int) -> None:
        """So many accepted ones more, while all miners work."""
        before = self.status().get("accepted", 0)
        self.wait_for(lambda now: now["working"] == MINERS and now["accepted"] >= before + count,
                      f"{count} accepted shares")

    def end(self) -> dict:
        if (status := self.stop()) != 0:
            raise AssertionError(f"{status}: {self.text()[-1000:]}")
        return json.loads(self._summary.read_text())


class Sv2Load(unittest.TestCase):
    def start(self, *options: str, **pool) -> Load:
        scratch = tempfile.TemporaryDirectory(prefix="adit-loadgen-")
        self.addCleanup(scratch.cleanup)
        self.pool = self.enterContext(SmallPool(BINARIES, Path(scratch.name), **pool))
        return self.enterContext(Load(self.pool.url, Path(scratch.name), *options))

    def audit(self, load: Load, summary: dict) -> None:
        shares = sum(counts["submitted"] for counts in summary["shares"].values())
        self.assertIn(f"hold for {shares} shares", self.pool.audit(load.journal))
        self.assertEqual(summary["odd"], {})

    def test_an_open_loop_has_its_rate_and_is_told_what_the_ledger_has(self):
        load = self.start("--channels", "mixed", "--share-rate", "200", "--for", "12s")
        self.assertEqual(load.wait(), 0)
        summary = load.end()
        honest = summary["shares"]["honest"]
        self.assertGreater(honest["submitted"], 1700)
        self.assertLess(honest["submitted"], 2700)
        self.assertEqual(honest["unknown"] + honest["waiting"], 0)
        self.assertLessEqual(set(honest["rejected_by_reason"]), {"stale-share"})
        self.assertEqual(summary["answer_us"]["count"], honest["submitted"])
        self.assertGreaterEqual(summary["new_block_to_job_us"]["count"], MINERS)
        self.assertEqual(summary["first_work_us"]["count"], MINERS)
        self.assertEqual(summary["reconnects"], [])
        self.assertEqual(summary["without_work"]["over_5s"], [])
        self.audit(load, summary)

    def test_each_kind_of_bad_share_is_refused_as_what_it_is(self):
        load = self.start("--channels", "mixed", "--channels-each", "3", "--share-rate", "300",
                          "--bad", "all=0.5", "--storm", "20", "--slow-readers", "2",
                          "--never-reads", "2", "--silent", "2", "--spread-addresses",
                          foreign_blocks="2s")
        load.wait_for_shares(1500)
        summary = load.end()
        for intent, reason in REFUSED_AS.items():
            with self.subTest(intent):
                counts = summary["shares"][intent]
                self.assertGreater(counts["submitted"], 20)
                self.assertEqual(counts["accepted"], 0)
                # A block that comes in between makes it stale first.
                self.assertLessEqual(set(counts["rejected_by_reason"]), {reason, "stale-share"})
                self.assertIn(reason, counts["rejected_by_reason"])
        self.assertGreater(summary["storm_handshake_us"]["count"], 60)
        self.assertEqual(summary["channels_opened"], 3 * MINERS)
        self.audit(load, summary)

    def test_a_closed_loop_is_as_fast_as_the_answers(self):
        load = self.start("--channels", "extended", "--in-flight", "4")
        load.wait_for_shares(5000)
        summary = load.end()
        honest = summary["shares"]["honest"]
        self.assertEqual(honest["waiting"], 0)
        # So many are without an answer at any time: their time is what limits the rate.
        mean_s = MINERS * 4 * summary["seconds"] / honest["submitted"]
        self.assertLess(summary["answer_us"]["p50"] / 1e6, mean_s * 2)
        self.audit(load, summary)

    def test_shares_that_go_apart_have_a_segment_each(self):
        load = self.start("--channels", "extended", "--in-flight", "16", "--shares-apart",
                          "--begin-after", "1s")
        load.wait_for(lambda now: now["working"] == MINERS, "all miners to work")
        self.assertEqual(load.status()["submitted"], 0, "before all work, nobody submits")
        load.wait_for_shares(3000)
        summary = load.end()
        # Where the peer is slow to read, the kernel joins what it could not send at once.
        self.assertGreaterEqual(summary["segments_sent"],
                                0.99 * summary["shares"]["honest"]["submitted"])
        self.audit(load, summary)

        together = self.enterContext(Load(self.pool.url, self.pool.folder, "--channels", "extended",
                                          "--in-flight", "16"))
        together.wait_for_shares(3000)
        summary = together.end()
        self.assertLess(summary["segments_sent"], summary["shares"]["honest"]["submitted"] / 2)

    def test_shares_found_ahead_of_a_kept_job_are_good(self):
        load = self.start("--channels", "extended", "--in-flight", "4", "--hash-ahead", "20",
                          "--keep-jobs", "--nominal-hash-rate", "500k", foreign_blocks="1h")
        load.wait_for_shares(20 * MINERS)
        summary = load.end()
        honest = summary["shares"]["honest"]
        self.assertEqual(honest["rejected_by_reason"], {})
        self.assertGreater(summary["hashes"], 20 * MINERS * 1000)
        self.audit(load, summary)

    def test_an_authority_key_that_is_not_the_pools_is_named(self):
        load = self.start()
        load.kill()
        other = self.pool.url[:self.pool.url.rindex("/") + 1] + \
            "9cRkuPrn4MJzLYbfjnsm5pCj5orsUZETRjJUbVEJgVDkj6YUgJE"
        refused = self.enterContext(Load(other, self.pool.folder, "--for", "1s"))
        self.assertEqual(refused.wait(), 1)
        self.assertIn("copy the key that the pool prints", refused.text())

    def test_miners_of_a_killed_gateway_come_back(self):
        load = self.start("--channels", "mixed", "--share-rate", "300", "--share-at-once")
        load.wait_for_shares(300)
        self.pool.gateway.kill()
        load.wait_for(lambda now: now["connected"] == 0, "every miner to notice")
        self.pool.gateway.start()
        load.wait_for_shares(600)
        summary = load.end()
        reconnects = summary["reconnects"]
        self.assertEqual(len(reconnects), MINERS)
        self.assertEqual({each["asked"] for each in reconnects}, {False})
        for each in reconnects:
            self.assertGreater(each["accepted_again"], each["works_again"])
        self.assertGreater(sum(summary["not_connected"].values()), 0)
        self.assertGreater(summary["without_work"]["longest_s"], 0.1)
        self.audit(load, summary)

    def test_a_drain_asks_each_miner_to_come_back(self):
        load = self.start("--channels", "mixed", "--share-rate", "100", has_admin=True)
        load.wait_for_shares(100)
        aditctl = self.enterContext(Process(
            [str(BINARIES / "aditctl"), "--admin", self.pool.admin_api, "gateways", "drain",
             "gateway", "--spread", "2s", "--wait"], self.pool.folder / "aditctl.log"))
        aditctl.start()
        self.assertEqual(aditctl.wait(), 0, aditctl.text())
        # Nothing takes them until the gateway is there again.
        self.pool.gateway.stop()
        self.pool.gateway.start()
        load.wait_for_shares(100)
        summary = load.end()
        asked = [each["at"] for each in summary["reconnects"] if each["asked"]]
        self.assertEqual(len(asked), MINERS, summary["reconnects"])
        self.assertGreater(max(asked) - min(asked), 1.0, "not all in the same moment")
        self.audit(load, summary)


if __name__ == "__main__":
    BINARIES = Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
