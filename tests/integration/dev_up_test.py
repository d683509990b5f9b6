#!/usr/bin/env python3
"""./dev up, the command, with the real programs.

Usage: dev_up_test.py FOLDER_OF_PROGRAMS
"""

import sys
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


class Command(unittest.TestCase):
    def check(self, up: DevUp) -> dict:
        """What holds however it ended."""
        self.assertEqual(up.wait(), 0, up.text())
        self.assertEqual(up.left_over(), [])
        summary = up.summary()
        print(up.text().splitlines()[-1], flush=True)
        for key in ("shares_accepted", "blocks_found", "blocks_accepted", "channels", "restarts"):
            self.assertIsInstance(summary[key], int, key)
        for reason, count in summary["shares_rejected"].items():
            self.assertEqual(reason, "stale-share", f"{count} shares")
        self.assertGreater(summary["shares_accepted"], 0)
        self.assertEqual(summary["channels"], 4)
        self.assertEqual(summary["restarts"], 0)
        self.assertLessEqual(summary["blocks_accepted"], summary["blocks_found"])
        up.discard()
        return summary

    def test_ends_by_itself_after_the_time_that_it_was_given(self):
        with DevUp(BINARIES, "--for", "20s") as up:
            self.assertGreaterEqual(self.check(up)["seconds"], 20)

    def test_ends_in_order_when_it_is_interrupted(self):
        with DevUp(BINARIES) as up:
            up.wait_until_up()
            for path in up.journals():
                wait_until(lambda path=path: journal.accepted(path) > 0,
                           f"an accepted share in {path.name}")
            wait_until(lambda: up.blocks("accepted") > 0, "a block", BLOCK_PATIENCE_S)
            up.wait_for("channels 4")  # it looks once a second, and blocks can come sooner
            up.interrupt()
            self.assertGreater(self.check(up)["blocks_accepted"], 0)

    def test_a_miner_of_stratum_v1_mines_beside_the_others(self):
        with DevUp(BINARIES, sv1_miners=1) as up:
            up.wait_for("for Stratum V1: stratum+tcp://")
            accepted = 'adit_translator_shares_total{result="accepted",reason=""}'
            wait_until(lambda: up.metric("translator", accepted) >= 5, "shares of Stratum V1")
            self.assertEqual(up.metric("translator", "adit_translator_connections"), 1)
            up.interrupt()
            self.assertEqual(up.wait(), 0, up.text())
            self.assertEqual(up.left_over(), [])
            status, said = up.audit()
            self.assertEqual(status, 0, said)
            up.discard()

    def test_ends_in_order_when_it_is_interrupted_while_it_starts(self):
        with DevUp(BINARIES) as up:
            up.wait_for("starting template")
            up.interrupt()
            self.assertEqual(up.wait(), 0, up.text())
            self.assertEqual(up.left_over(), [])
            up.discard()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
