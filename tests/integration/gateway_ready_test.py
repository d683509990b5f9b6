#!/usr/bin/env python3
"""A gateway is ready, so that miners are sent to it, when a channel-manager can serve them.

Usage: gateway_ready_test.py FOLDER_OF_PROGRAMS
"""

import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import Redis, Service, free_port, wait_until

BINARIES = Path(sys.argv[1]).resolve()
# A template comes within milliseconds, and every tick of the gateway is a tenth of a second.
STAYS_S = 1.5


class GatewayReady(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="adit-ready-")))
        for command in (["authority", "--out", "authority.key"], ["gateway", "--out", "gateway.key"],
                        ["sign", "--authority", "authority.key", "--gateway", "gateway.key",
                         "--out", "gateway.cert"]):
            subprocess.run([str(BINARIES / "aditctl"), "keys", *command], cwd=self.folder,
                           check=True, capture_output=True)
        redis = {"address": self.enterContext(Redis(self.folder)).address}
        self.bus = f"127.0.0.1:{free_port()}"
        self.template = self.service("adit-template", {
            "network": "regtest", "redis": redis, "spool": {"directory": "spool"},
            "nodes": [{"name": "chain", "kind": "devchain"}]})
        templates = {"replicas": [self.template.grpc]}
        self.worker = self.service("adit-channel-manager", {
            "network": "regtest", "redis": redis, "bus": {"gateways": [self.bus]},
            "templates": templates,
            "payout": {"address": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"}})
        self.gateway = self.service("adit-gateway", {
            "listen": {"address": f"127.0.0.1:{free_port()}"}, "bus": {"listen": self.bus},
            "noise": {"key_file": "gateway.key", "certificate_file": "gateway.cert"},
            "redis": redis, "templates": templates})

    def service(self, program: str, config: dict) -> Service:
        return self.enterContext(Service(BINARIES / program, self.folder, config))

    def wait_for_workers(self, count: int) -> None:
        wait_until(lambda: self.gateway.metric("adit_gateway_bus_workers") == count,
                   f"{count} channel-managers at the gateway")

    def test_once_a_channel_manager_has_come_and_not_before(self):
        self.template.start_and_wait()
        self.gateway.start()
        wait_until(lambda: "listening for miners" in self.gateway.text(), "the gateway to listen")
        until = time.monotonic() + STAYS_S
        while time.monotonic() < until:
            status, said = self.gateway.get("/readyz")
            self.assertEqual(status, 503, "ready without a channel-manager")
            self.assertIn("no channel-manager", said)
            time.sleep(0.1)

        self.worker.start()
        wait_until(self.gateway.is_ready, "the gateway to be ready")

        # All gateways lose the last one at once: the miners of none are better off elsewhere.
        self.worker.kill()
        self.wait_for_workers(0)
        self.assertTrue(self.gateway.is_ready())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
