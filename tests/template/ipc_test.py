#!/usr/bin/env python3
"""The template service and its IPC source with a real Bitcoin Core.

Usage: ipc_test.py ADIT_TEMPLATE TEMPLATE_PROBE IPC_PROBE
"""

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import bitcoin_core
from processes import PATIENCE, Redis, Service, wait_until

PROGRAM, PROBE, IPC_PROBE = (Path(argument) for argument in sys.argv[1:4])
SCRIPT = "0014" + "22" * 20
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
IN_CHAIN = 1  # BlockStanding::Kind


class IpcProbe(contextlib.AbstractContextManager):
    """What the IPC source says, as it says it; see ipc_probe.cpp."""

    def __init__(self, socket: Path, network: str = "regtest", *options: str):
        self.events = []
        self._process = subprocess.Popen(
            [str(IPC_PROBE), str(socket), network, *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def _read(self):
        with contextlib.suppress(ValueError):
            for line in self._process.stdout:
                if line.startswith("{"):
                    self.events.append(json.loads(line))

    def wait(self, what: str, since: int = 0, **fields) -> dict:
        """The first such event after so many."""
        def find():
            return next((event for event in self.events[since:] if event["event"] == what
                         and all(event[key] == value for key, value in fields.items())), None)
        try:
            return wait_until(find, f"{what} {fields}")
        except AssertionError as error:
            raise AssertionError(f"{error}; the last were {self.events[-5:]}") from error

    def ask(self, command: str, answer: str) -> dict:
        since = len(self.events)
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self.wait(answer, since)

    def submit(self, command: str) -> tuple[str, str]:
        answer = self.ask(command, "answer")
        return answer["kind"], answer["reason"]

    def last(self, what: str) -> dict:
        return [event for event in self.events if event["event"] == what][-1]

    def wait_for_full(self, tip: str, since: int = 0) -> dict:
        """The full template on this tip, with its transactions."""
        full = self.wait("candidate", since, prev=tip, is_early=False)
        if full["transactions"] is None:
            self.wait("transactions", since, origin=full["origin"])
        return full


class WithCore(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="adit-ipc-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def node(self, *options: str) -> bitcoin_core.Node:
        node = bitcoin_core.Node(self.folder, *options, zmq=False, ipc=True)
        self.addCleanup(node.stop)
        # Version 31 makes no templates for the first 16 blocks.
        node.generate(20)
        # Has the node write its chain, so that it survives a kill.
        node.rpc("gettxoutsetinfo")
        return node

    def probe(self, node: bitcoin_core.Node, network: str = "regtest", *options: str) -> IpcProbe:
        probe = IpcProbe(node.ipc, network, *options)
        self.addCleanup(probe.__exit__)
        return probe


class IpcSource(WithCore):
    def test_says_what_the_node_is(self):
        node = self.node()
        probe = self.probe(node)
        info = node.rpc("getnetworkinfo")
        status = probe.wait("status", is_reachable=True, software=info["subversion"], height=20,
                            header_height=20)
        self.assertEqual((status["network"], status["peers"]), ("regtest", 0))
        self.assertIs(status["is_pruned"], False)
        since = len(probe.events)
        node.generate(1)
        time_of_tip = node.rpc("getblockheader", node.tip())["time"]
        probe.wait("status", since, height=21, header_height=21, tip_time=time_of_tip)

    def test_gets_solutions_of_its_own_templates_accepted(self):
        node = self.node()
        node.fund()
        node.pay(20)
        probe = self.probe(node)
        probe.wait_for_full(node.tip())
        block = probe.ask("solve", "solved")["hash"]
        self.assertEqual(probe.submit("own"), ("accepted", ""))
        self.assertEqual(node.tip(), block)
        self.assertEqual(len(node.rpc("getblock", block)["tx"]), 2)
        self.assertEqual(probe.submit("own"), ("duplicate", "duplicate"))
        self.assertEqual(probe.submit("whole"), ("duplicate", "duplicate"))
        found = probe.ask(f"find {block}", "found")
        self.assertEqual((found["kind"], found["confirmations"]), (IN_CHAIN, 1))

    def test_takes_whole_blocks_and_names_what_is_wrong_with_them(self):
        node = self.node()
        probe = self.probe(node)
        probe.wait_for_full(node.tip())
        block = probe.ask("solve", "solved")["hash"]
        self.assertEqual(probe.submit("whole"), ("accepted", ""))
        self.assertEqual(node.tip(), block)
        probe.wait_for_full(block)
        probe.ask("solve overpaid", "solved")
        for way in ("own", "whole"):
            kind, reason = probe.submit(way)
            self.assertEqual(kind, "rejected")
            self.assertTrue(reason.startswith(("bad-cb-amount", "duplicate-invalid")), reason)
        self.assertEqual(node.tip(), block)

    def test_says_that_a_block_lost_the_race(self):
        node = self.node()
        probe = self.probe(node)
        probe.wait_for_full(node.tip())
        probe.ask("solve", "solved")
        winner = node.generate(1)[0]
        probe.wait_for_full(winner)
        self.assertEqual(probe.submit("own"), ("rejected", "inconclusive"))
        self.assertEqual(node.tip(), winner)

    def test_mines_a_new_tip_at_once_and_then_in_full(self):
        node = self.node()
        node.fund(coins=30)
        for _ in range(25):
            node.pay(20)
        probe = self.probe(node)
        probe.wait_for_full(node.tip())
        early_ms, full_ms = [], []
        for _ in range(20):
            node.pay(20)
            since = len(probe.events)
            begin = time.time()
            # Empty blocks: the mempool stays.
            tip = node.rpc("generateblock", bitcoin_core.NOBODY, [])["hash"]
            full = probe.wait_for_full(tip, since)
            # A look at the fees in that moment sees the tip too, and brings the full one first.
            if probe.events.index(full) == next(i for i, event in enumerate(probe.events)
                                                if event.get("prev") == tip):
                continue
            early = probe.wait("candidate", since, prev=tip, is_early=True)
            self.assertEqual(early["transactions"], 0)
            self.assertGreater(full["value"], early["value"])
            early_ms.append(early["at_us"] / 1e3 - begin * 1e3)
            full_ms.append(full["at_us"] / 1e3 - begin * 1e3)
        self.assertGreater(len(early_ms), 10)
        print(f"asked to mine -> empty template {statistics.median(early_ms):.1f} ms, "
              f"full {statistics.median(full_ms):.1f} ms (medians of {len(early_ms)})",
              file=sys.stderr)
        block = probe.ask("solve early", "solved")["hash"]
        self.assertEqual(probe.submit("own"), ("accepted", ""))
        self.assertEqual(node.rpc("getblock", block)["nTx"], 1)

    def test_gives_a_better_template_when_fees_rise(self):
        node = self.node()
        node.fund()
        probe = self.probe(node)
        first = probe.wait_for_full(node.tip())
        since = len(probe.events)
        node.pay(50)
        better = probe.wait("candidate", since)
        self.assertEqual(better["prev"], first["prev"])
        self.assertGreater(better["value"], first["value"] + 1000)
        transactions = probe.wait("transactions", since, origin=better["origin"])
        self.assertEqual(transactions["count"], 1)

    def test_follows_a_reorg_to_the_longer_chain(self):
        node = self.node()
        probe = self.probe(node)
        old = node.generate(1)[0]
        probe.wait_for_full(old)
        since = len(probe.events)
        node.rpc("invalidateblock", old)
        below = node.tip()
        probe.wait_for_full(below, since)
        # To somebody else, or it might be the block that is invalid.
        new = node.rpc("generatetodescriptor", 2, "raw(51)")[-1]
        probe.wait_for_full(new, since)
        since = len(probe.events)
        node.rpc("reconsiderblock", old)
        self.assertEqual(node.tip(), new)
        node.rpc("invalidateblock", new)
        probe.wait_for_full(node.tip(), since)

    def test_comes_back_with_the_node(self):
        node = self.node()
        probe = self.probe(node)
        probe.wait_for_full(node.tip())
        block = probe.ask("solve", "solved")["hash"]
        for end in (node.kill, node.stop):
            since = len(probe.events)
            end()
            status = probe.wait("status", since, is_reachable=False)
            self.assertTrue(status["why"], status)
            kind, reason = probe.submit("own")
            self.assertEqual(kind, "unreachable", reason)
            node.start()
            probe.wait("status", since, is_reachable=True)
            probe.wait_for_full(node.tip(), since)
        # What the template was is forgotten there; the block is not here.
        self.assertEqual(probe.submit("own"), ("accepted", ""))
        self.assertEqual(node.tip(), block)

    def test_notices_a_node_that_hangs(self):
        node = self.node()
        probe = self.probe(node, "regtest", "5")
        probe.wait_for_full(node.tip())
        since = len(probe.events)
        node.suspend()
        status = probe.wait("status", since, is_reachable=False)
        self.assertIn("left a call unanswered for 5 s", status["why"])
        node.resume()
        probe.wait("status", since, is_reachable=True)
        probe.wait_for_full(node.tip(), since)

    def test_has_the_node_free_old_templates(self):
        node = self.node("-debug=ipc")
        probe = self.probe(node)
        for _ in range(12):
            since = len(probe.events)
            probe.wait_for_full(node.generate(1)[0], since)
        def destroyed():
            return node.log().count("BlockTemplate.destroy$Params")
        # Two of each tip are made, those of four tips are kept.
        wait_until(lambda: destroyed() >= 2 * 13 - 2 * 4 - 2, "old templates to be destroyed")
        self.assertLessEqual(destroyed(), 2 * 13 - 2 * 4 + 2)

    def test_leaves_a_node_well_when_it_goes_during_a_call(self):
        node = self.node()
        for _ in range(5):
            with IpcProbe(node.ipc) as probe:
                probe.wait_for_full(node.tip())
        with IpcProbe(node.ipc) as probe:
            probe.wait("candidate")
            probe._process.kill()
        time.sleep(0.5)
        self.assertTrue(node.is_running())
        self.assertEqual(len(node.generate(1)), 1)

    def test_stops_at_another_network(self):
        node = self.node()
        for network in ("main", "signet"):
            with self.subTest(network=network):
                unusable = self.probe(node, network).wait("unusable")
                self.assertIn(f"configured network is '{network}'", unusable["why"])


class TemplateService(WithCore):
    def service(self, redis: Redis, socket: Path, **config) -> Service:
        service = Service(PROGRAM, self.folder, {
            "network": "regtest", "redis": {"address": redis.address},
            "spool": {"directory": "spool"},
            "nodes": [{"name": "core", "kind": "ipc", "socket": str(socket)}], **config})
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

    def wait_accepted(self, service: Service, count: int) -> None:
        wait_until(
            lambda: service.metric('adit_template_blocks_total{stage="accepted"}') == count,
            f"{count} blocks to be accepted")

    def test_accepts_blocks_that_are_built_from_its_templates(self):
        node = self.node()
        service = self.service(self.redis(), node.ipc)
        service.start_and_wait()
        mined = self.mine(service, 3)
        self.wait_accepted(service, 3)
        self.assertEqual(node.rpc("getblockcount"), 23)
        for block in mined:
            self.assertEqual(node.rpc("getblockhash", block["height"]), block["hash"])
            coinbase = node.rpc("getblock", block["hash"], 2)["tx"][0]
            self.assertEqual(coinbase["vout"][0]["scriptPubKey"]["hex"], SCRIPT)
        node.generate(1)
        wait_until(lambda: service.metric("adit_template_height") == 25, "the tip of others")
        self.assertEqual(service.stop(), 0)
        self.assertTrue(node.is_running())

    def test_submits_a_block_after_a_restart(self):
        node = self.node()
        redis = self.redis()
        service = self.service(redis, node.ipc)
        service.start_and_wait()
        node.kill()
        wait_until(lambda: service.get("/readyz")[0] == 503, "the node to be missed")
        mined = self.mine(service, 1)
        service.kill()
        node.start()
        self.assertEqual(node.rpc("getblockcount"), 20)
        service.start_and_wait()
        wait_until(lambda: node.tip() == mined[0]["hash"], "the block")
        self.wait_accepted(service, 1)

    def test_says_that_there_is_no_socket(self):
        service = self.service(self.redis(), self.folder / "missing.sock")
        service.start()
        wait_until(lambda: "there is no socket" in service.get("/readyz")[1], "the reason")
        self.assertIn("-ipcbind=unix", service.text())

    def test_stops_at_a_node_of_another_chain(self):
        node = self.node()
        service = self.service(self.redis(), node.ipc, network="main")
        service.start()
        self.assertEqual(service.wait(), 1)
        self.assertIn("is on a test chain, configured network is 'main'", service.text())


if __name__ == "__main__":
    try:
        print(bitcoin_core.version(bitcoin_core.find(ipc=True)), file=sys.stderr)
    except bitcoin_core.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
