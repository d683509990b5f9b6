#!/usr/bin/env python3
"""Bans on a running pool: what is open is closed, what comes is refused, and back again.

Usage: ban_test.py FOLDER_OF_PROGRAMS
"""

import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from dev_up import HTTP, DevUp
from processes import http_metric, wait_until

BINARIES = Path(sys.argv[1]).resolve()


class Bans(unittest.TestCase):
    def setUp(self):
        self.up = self.enterContext(DevUp(BINARIES))
        self.up.wait_until_up()
        self.ban("list")
        self.wait_for('adit_gateway_channels', 4)

    def ban(self, *words: str) -> None:
        address = next(line.split()[1] for line in
                       (self.up.folder / "redis.conf").read_text().splitlines()
                       if line.startswith("port"))
        done = subprocess.run([BINARIES / "aditctl", "direct", "ban", *words,
                               "--redis", f"127.0.0.1:{address}"],
                              capture_output=True, text=True, check=False, timeout=20)
        self.assertEqual(done.returncode, 0, done.stderr)

    def metric(self, series: str) -> float:
        return http_metric(f"127.0.0.1:{self.up.base + HTTP['gateway']}", series)

    def wait_for(self, series: str, least: int) -> None:
        wait_until(lambda: self.metric(series) >= least, f"{series} to be {least}")

    def start_miner(self, user: str) -> subprocess.Popen:
        authority = next(word for word in self.up.text().split() if "stratum2+tcp://" in word)
        miner = subprocess.Popen([BINARIES / "adit-miner", "--url", authority, "--user", user,
                                  "--standard", "2", "--threads", "1", "--throttle", "1k"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        self.addCleanup(miner.wait)
        self.addCleanup(miner.kill)
        return miner

    def test_an_identity(self):
        miner = self.start_miner("mallory.rig1")
        self.wait_for('adit_gateway_channels', 6)
        self.ban("add", "--identity", "mallory", "--reason", "test", "--for", "1h")
        self.wait_for('adit_gateway_channels_banned_total', 2)
        # It comes back, and is told.
        self.wait_for('adit_gateway_channel_opens_total{result="unknown-user"}', 1)
        self.assertEqual(self.metric('adit_gateway_channels'), 4, "the others mine on")
        self.assertIsNone(miner.poll(), "a banned miner tries again now and then")
        self.ban("remove", "--identity", "mallory")
        self.wait_for('adit_gateway_channels', 6)
        self.up.discard()

    def test_a_network(self):
        self.ban("add", "--address", "127.0.0.0/8")
        self.wait_for('adit_gateway_connections_closed_total{reason="banned-address"}', 3)
        self.assertEqual(self.metric('adit_gateway_connections'), 0)
        self.ban("remove", "--address", "127.0.0.0/8")
        self.wait_for('adit_gateway_channels', 4)
        self.up.discard()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
