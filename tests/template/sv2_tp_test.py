#!/usr/bin/env python3
"""The template service with the C++ template provider, sv2-tp, beside a real Bitcoin Core.

Usage: sv2_tp_test.py ADIT_TEMPLATE TEMPLATE_PROBE
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import bitcoin_core
import sv2_tp
from processes import Redis, Service, wait_until

PROGRAM, PROBE = (Path(argument) for argument in sys.argv[1:3])
ACCEPTED = 'adit_template_blocks_total{stage="accepted"}'
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def probe(service: Service, *arguments: str) -> list[dict]:
    done = subprocess.run([str(PROBE), service.grpc, *arguments], capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{done.stderr}\n{done.stdout}\n{service.text()[-3000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class BitcoinCoreBySv2Tp(unittest.TestCase):
    """Templates by the C++ template provider, blocks by SubmitSolution."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="adit-sv2-tp-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.node = bitcoin_core.Node(self.folder, ipc=True)
        self.addCleanup(self.node.stop)
        self.node.fund()
        provider = sv2_tp.TemplateProvider(self.node, "-sv2interval=1", "-sv2feedelta=1")
        self.addCleanup(provider.__exit__)
        redis = Redis(self.folder)
        self.addCleanup(redis.__exit__)
        self.service = Service(PROGRAM, self.folder, {
            "redis": {"address": redis.address}, "spool": {"directory": "spool"},
            "nodes": [{"name": "tp", "kind": "sv2-tp", "url": provider.url}]})
        self.addCleanup(self.service.__exit__)
        self.service.start_and_wait()

    def test_blocks_with_transactions_are_accepted_by_the_node(self):
        height = self.node.rpc("getblockcount")
        for count in range(1, 4):
            paid = self.node.pay(fee_rate=10)
            templates = self.service.metric("adit_template_templates_total")
            wait_until(lambda: self.service.metric("adit_template_templates_total") > templates,
                       "a template with the transaction")
            block = probe(self.service, "mine", "1")[0]["hash"]
            wait_until(lambda: self.service.metric(ACCEPTED) == count, "the block to be accepted")
            self.assertEqual(self.node.tip(), block)
            self.assertIn(paid, self.node.rpc("getblock", block)["tx"])
        self.assertEqual(self.node.rpc("getblockcount"), height + 3)

    def test_a_block_of_the_node_is_the_next_tip(self):
        for _ in range(3):
            self.node.generate()
            height = self.node.rpc("getblockcount")
            wait_until(lambda: self.service.metric("adit_template_height") == height + 1,
                       "the new tip")


if __name__ == "__main__":
    try:
        print(bitcoin_core.version(bitcoin_core.find(ipc=True)), file=sys.stderr)
        print(sv2_tp.version(sv2_tp.find()), file=sys.stderr)
    except bitcoin_core.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
