#!/usr/bin/env python3
"""A gateway's certificate is renewed while miners submit: nobody loses a connection.

Usage: certificate_test.py FOLDER_OF_PROGRAMS
"""

import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from dev_up import DevUp
from processes import http_get, http_metric, wait_until

BINARIES = Path(sys.argv[1]).resolve()
EXPIRY = "adit_gateway_certificate_expiry_timestamp_seconds"


class Renewal(unittest.TestCase):
    def metric(self, name: str) -> float:
        return http_metric(self.http, name)

    def reloads(self, result: str) -> float:
        return self.metric(f'adit_gateway_certificate_reloads_total{{result="{result}"}}')

    def accepted(self) -> float:
        return self.metric('adit_gateway_shares_total{result="accepted",reason=""}')

    def closed(self) -> list[str]:
        """But for the translator's connections: without a miner they have no channel."""
        return [line for line in http_get(self.http, "/metrics")[1].splitlines()
                if line.startswith("adit_gateway_connections_closed_total{")
                and "no-channel-deadline" not in line]

    def wait_for_shares(self) -> None:
        before = self.accepted()
        wait_until(lambda: self.accepted() >= before + 50, "fifty more accepted shares")

    def hang_up(self) -> None:
        os.kill(self.up.pid("gateway"), signal.SIGHUP)

    def sign(self) -> None:
        keys = self.up.folder / "keys"
        subprocess.run([str(BINARIES / "aditctl"), "keys", "sign", "--authority",
                        str(keys / "authority.key"), "--gateway", str(keys / "gateway.key"),
                        "--valid-for", "48h", "--out", str(keys / "gateway.cert"), "--force"],
                       check=True, capture_output=True)

    def test_miners_mine_on_through_a_good_and_a_bad_renewal(self):
        with DevUp(BINARIES, "--shares-per-minute", "3000") as self.up:
            self.up.wait_until_up()
            self.http = f"127.0.0.1:{self.up.base + 11}"
            wait_until(lambda: self.accepted() > 20, "shares")
            connections = self.metric("adit_gateway_connections")
            closed = self.closed()
            first_expiry = self.metric(EXPIRY)

            self.sign()
            self.hang_up()
            wait_until(lambda: self.reloads("ok") == 1, "the new certificate to be taken")
            self.assertNotEqual(self.metric(EXPIRY), first_expiry)
            self.wait_for_shares()

            (self.up.folder / "keys" / "gateway.key").chmod(0o644)
            self.hang_up()
            wait_until(lambda: self.reloads("refused") == 1, "the open key to be refused")
            log = (self.up.folder / "gateway.log").read_text()
            self.assertRegex(log, r"certificate not taken.*open to others \(mode 0644\); cure: chmod")
            self.assertTrue(self.up.is_ready("gateway"))
            self.wait_for_shares()

            self.assertEqual(self.metric("adit_gateway_connections"), connections)
            self.assertEqual(self.closed(), closed, "nobody's connection ended")
            self.up.interrupt()
            self.assertEqual(self.up.wait(), 0, self.up.text())
            status, said = self.up.audit()
            self.assertEqual(status, 0, said)
            self.up.discard()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
