#!/usr/bin/env python3
"""Fifty gateways start at once, are killed, and start again on an older Redis: no epoch twice.

Usage: epochs_test.py FOLDER_OF_PROGRAMS. tests/ledger/epoch_flood_test.cpp opens their channels.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import Redis, Service, free_port_base, wait_until

BINARIES = Path(sys.argv[1]).resolve()
GATEWAYS = 50
JOINED = re.compile(r'"joined the pool".*\bepoch=(\d+)')


class Epochs(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="adit-epochs-")))
        (self.folder / "redis").mkdir()
        self.redis = self.enterContext(Redis(self.folder / "redis"))
        aditctl = [str(BINARIES / "aditctl"), "keys"]
        for command in (["authority", "--out", "authority.key"], ["gateway", "--out", "gateway.key"],
                        ["sign", "--authority", "authority.key", "--gateway", "gateway.key",
                         "--out", "gateway.cert"]):
            subprocess.run(aditctl + command, cwd=self.folder, check=True, capture_output=True)
        self.ports = free_port_base(4 * GATEWAYS)
        self.gateways = [self.gateway(number) for number in range(GATEWAYS)]

    def gateway(self, number: int) -> Service:
        folder = self.folder / f"gateway-{number}"
        folder.mkdir()
        # Not the kernel's choice: it gives such a port to somebody's connection before we use it.
        listen, bus, grpc, http = (f"127.0.0.1:{self.ports + 4 * number + i}" for i in range(4))
        return self.enterContext(Service(BINARIES / "adit-gateway", folder, {
            "listen": {"address": listen, "grpc": grpc, "http": http},
            "noise": {"key_file": str(self.folder / "gateway.key"),
                      "certificate_file": str(self.folder / "gateway.cert")},
            "bus": {"listen": bus},
            "redis": {"address": self.redis.address},
            # They join without a template, and take no miners.
            "templates": {"replicas": ["127.0.0.1:1"]}}))

    def start_all(self, times: int) -> None:
        """Starts every gateway, and waits until each has joined for that many times."""
        for gateway in self.gateways:
            gateway.start()
        for gateway in self.gateways:
            wait_until(lambda gateway=gateway: len(JOINED.findall(gateway.text())) == times,
                       f"{gateway.log} to join")

    def kill_all(self) -> None:
        for gateway in self.gateways:
            gateway.kill()

    def epochs(self) -> list[str]:
        return [epoch for gateway in self.gateways for epoch in JOINED.findall(gateway.text())]

    def test_no_epoch_is_taken_twice(self):
        files = self.folder / "redis" / "appendonlydir"
        shutil.copytree(files, self.folder / "older")
        self.start_all(1)
        self.kill_all()
        self.redis.kill()
        shutil.rmtree(files)
        shutil.copytree(self.folder / "older", files)
        self.redis.start()
        self.start_all(2)
        self.kill_all()
        epochs = self.epochs()
        self.assertEqual(len(epochs), 2 * GATEWAYS)
        self.assertEqual(len(set(epochs)), 2 * GATEWAYS)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
