#!/usr/bin/env python3
"""Template distribution between two template services: one has the chain, the other is its client.

Usage: distribution_test.py ADIT_TEMPLATE TEMPLATE_PROBE ADITCTL
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import Redis, Service, wait_until
from template_distribution import Provider

PROGRAM, PROBE, ADITCTL = (Path(argument) for argument in sys.argv[1:4])
ACCEPTED = 'adit_template_blocks_total{stage="accepted"}'


def probe(service: Service, *arguments: str) -> list[dict]:
    done = subprocess.run([str(PROBE), service.grpc, *arguments], capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{done.stderr}\n{done.stdout}\n{service.text()[-3000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class TemplateDistribution(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="adit-distribution-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        # A Redis each: they are two pools.
        self.redis = []
        for name in ("near", "far"):
            (self.folder / name).mkdir()
            redis = Redis(self.folder / name)
            self.addCleanup(redis.__exit__)
            self.redis.append(redis.address)

    def provider(self, **keys) -> Provider:
        provider = Provider(PROGRAM, ADITCTL, self.folder / "provider", self.redis[1], **keys)
        self.addCleanup(provider.__exit__)
        return provider

    def client(self, url: str) -> Service:
        client = Service(PROGRAM, self.folder, {
            "redis": {"address": self.redis[0]}, "spool": {"directory": "spool"},
            "nodes": [{"name": "tp", "kind": "sv2-tp", "url": url}]})
        self.addCleanup(client.__exit__)
        return client

    def test_a_block_of_one_pool_arrives_on_the_chain_of_the_other(self):
        provider = self.provider()
        provider.start_and_wait()
        client = self.client(provider.url)
        client.start_and_wait()
        mined = probe(client, "mine", "3")
        self.assertEqual([block["height"] for block in mined[::2]], [1, 2, 3])
        wait_until(lambda: client.metric(ACCEPTED) == 3, "the client to hear of three blocks")
        self.assertEqual(provider.metric(ACCEPTED), 3)
        self.assertEqual(provider.metric('adit_template_tdp_solutions_total{result="taken"}'), 3)
        self.assertEqual([block["hash"] for block in probe(provider, "blocks")],
                         [block["hash"] for block in mined[-2::-2]])
        # The other way round: what the provider finds is the client's tip.
        probe(provider, "mine", "1")
        wait_until(lambda: client.metric("adit_template_height") == 5, "the new tip")
        self.assertEqual(client.stop(), 0)
        self.assertEqual(provider.stop(), 0)

    def test_the_client_is_not_ready_while_the_provider_is_away_and_then_goes_on(self):
        provider = self.provider()
        provider.start_and_wait()
        client = self.client(provider.url)
        client.start_and_wait()
        provider.kill()
        wait_until(lambda: client.get("/readyz")[0] == 503, "the client to miss it")
        self.assertIn("node", client.get("/readyz")[1])
        provider.start_and_wait()
        wait_until(client.is_ready, "the client to be back")
        probe(client, "mine", "1")
        wait_until(lambda: provider.metric(ACCEPTED) == 1, "a block over the new connection")

    def test_the_client_stops_at_a_provider_of_another_authority(self):
        provider = self.provider()
        provider.start_and_wait()
        other = "9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72"
        client = self.client(f"sv2+tcp://{provider.address}/{other}")
        client.start()
        self.assertEqual(client.wait(), 1)
        self.assertIn("signed by another authority", client.text())

    def test_the_provider_says_which_client_wants_more_than_its_templates_leave_free(self):
        provider = self.provider(outputs_bytes=100)
        provider.start_and_wait()
        client = self.client(provider.url)
        client.start()
        wait_until(lambda: "wants 1000 bytes" in provider.text(), "a warning")
        self.assertIn("outputs_bytes", provider.text())
        self.assertEqual(client.get("/readyz")[0], 503)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
