#!/usr/bin/env python3
"""The template service with a full node that nobody here wrote.

Usage: bcoin_test.py ADIT_TEMPLATE TEMPLATE_PROBE FOLDER_FOR_BCOIN
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import bcoin
from processes import Redis, Service, wait_until, write_secret
from template_watch import Watch

PROGRAM, PROBE, FOLDER = (Path(argument) for argument in sys.argv[1:4])
SCRIPT = "0014" + "22" * 20
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


class Bcoin(unittest.TestCase):
    node: bcoin.Node

    def setUp(self):
        self.node = bcoin.Node(FOLDER)
        self.addCleanup(self.node.stop)
        folder = tempfile.TemporaryDirectory(prefix="adit-bcoin-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def service(self, redis: Redis, **bitcoind) -> Service:
        write_secret(self.folder / "password", self.node.password + "\n")
        service = Service(PROGRAM, self.folder, {
            "network": "regtest", "redis": {"address": redis.address},
            "spool": {"directory": "spool"},
            "nodes": [{"name": "bcoin", "kind": "bitcoind", "url": self.node.url,
                       "user": self.node.user, "password_file": "password",
                       "poll_interval": "100ms", **bitcoind}]})
        self.addCleanup(service.__exit__)
        return service

    def redis(self) -> Redis:
        redis = Redis(self.folder)
        self.addCleanup(redis.__exit__)
        return redis

    def mine(self, service: Service, count: int) -> list[dict]:
        done = subprocess.run([str(PROBE), service.grpc, "mine", str(count), SCRIPT],
                              capture_output=True, text=True, timeout=200, check=False)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout + service.text()[-3000:])
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return [line for line in lines if not line["already_known"]]

    def test_accepts_blocks_that_are_built_from_its_templates(self):
        self.node.mature()
        service = self.service(self.redis())
        service.start_and_wait()
        mined = self.mine(service, 3)
        wait_until(lambda: service.metric('adit_template_blocks_total{stage="accepted"}') == 3,
                   "three blocks to be accepted")
        self.assertEqual(self.node.rpc("getblockcount"), bcoin.SEGWIT_HEIGHT + 3)
        for block in mined:
            with self.subTest(height=block["height"]):
                self.assertEqual(self.node.rpc("getblockhash", block["height"]), block["hash"])
                coinbase = self.node.rpc("getblock", block["hash"], True, True)["tx"][0]
                self.assertEqual(coinbase["vout"][0]["scriptPubKey"]["hex"], SCRIPT)
                self.assertGreater(coinbase["vout"][0]["value"], 0)

    def test_follows_a_tip_that_others_move(self):
        self.node.mature()
        service = self.service(self.redis(), refresh_interval="10m")
        service.start_and_wait()
        self.node.rpc("generatetoaddress", 1, self.node.address())
        wait_until(lambda: service.metric("adit_template_height")
                   == bcoin.SEGWIT_HEIGHT + 2, "a template on the new tip")
        self.assertEqual(len(self.mine(service, 1)), 1)
        wait_until(lambda: service.metric('adit_template_blocks_total{stage="accepted"}') == 1,
                   "the block to be accepted")

    def watch(self, service: Service) -> Watch:
        watch = Watch(PROBE, service, self.folder)
        self.addCleanup(watch.__exit__)
        return watch

    def test_hears_of_blocks_by_its_long_poll_alone(self):
        self.node.mature()
        service = self.service(self.redis(), poll_interval="60s", refresh_interval="10m")
        service.start_and_wait()
        watch = self.watch(service)
        wait_until(lambda: 'ways="long poll, poll"' in service.text(), "the long poll")
        for _ in range(3):
            tip = self.node.rpc("generatetoaddress", 1, self.node.address())[0]
            watch.wait_for(tip)

    def test_hears_of_blocks_by_polling_alone(self):
        self.node.mature()
        service = self.service(self.redis(), long_poll=False, refresh_interval="10m")
        service.start_and_wait()
        watch = self.watch(service)
        self.assertNotIn("long poll", service.text())
        for _ in range(3):
            tip = self.node.rpc("generatetoaddress", 1, self.node.address())[0]
            watch.wait_for(tip)

    def test_says_that_the_node_has_gone(self):
        self.node.mature()
        service = self.service(self.redis())
        service.start_and_wait()
        self.node.stop()
        # A question that was under way ends with its connection; the next finds nobody.
        wait_until(lambda: "nobody listens at" in service.get("/readyz")[1],
                   "the service to say that nobody is there")
        self.assertFalse(service.is_ready())

    def test_stops_at_wrong_credentials(self):
        service = self.service(self.redis())
        write_secret(self.folder / "password", "wrong\n")
        service.start()
        self.assertEqual(service.wait(), 1)
        self.assertIn("refuses our credentials", service.text())


if __name__ == "__main__":
    try:
        bcoin.install(FOLDER)
    except bcoin.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
