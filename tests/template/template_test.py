#!/usr/bin/env python3
"""The template service as a process: development chain, spool, epochs, wrong input.

Usage: template_test.py ADIT_TEMPLATE TEMPLATE_PROBE
"""

import base64
import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from fake_node import FakeNode
from processes import Redis, Service, free_port, wait_until, write_secret

PROGRAM, PROBE = (Path(argument) for argument in sys.argv[1:3])
# Regtest's own difficulty: a few hashes a block.
EASY = {"name": "devchain", "kind": "devchain", "difficulty": 4.7e-10, "block_interval": "1h",
        "refresh_interval": "0s"}
BITCOIND = {"name": "node", "kind": "bitcoind"}


def probe(service: Service, *arguments: str) -> list[dict]:
    done = subprocess.run([str(PROBE), service.grpc, *arguments], capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{done.stderr}\n{done.stdout}\n{service.text()[-3000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class HastyNode(FakeNode):
    """A node that answers every question at once, long polls too, and counts the templates."""

    TIP = "0f" * 32
    ANSWERS = {
        "getblockchaininfo": {"chain": "regtest", "blocks": 9, "headers": 9, "bestblockhash": TIP},
        "getbestblockhash": TIP,
        "getblocktemplate": {
            "version": 0x20000000, "rules": ["csv", "!segwit"], "previousblockhash": TIP,
            "transactions": [], "coinbasevalue": 50 * 10**8, "curtime": 1_700_000_000,
            "mintime": 1_600_000_000, "bits": "207fffff", "height": 10, "longpollid": "any",
            # Of no transactions.
            "default_witness_commitment": "6a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962"
                                          "b48bebd836974e8cf9"}}

    def __init__(self):
        super().__init__(200, {})
        self.long_polls = 0

    def answer_to(self, asked: bytes) -> dict:
        request = json.loads(asked)
        if any("longpollid" in each for each in request["params"] if isinstance(each, dict)):
            self.long_polls += 1
        result = self.ANSWERS.get(request["method"])
        error = None if result else {"code": -32601, "message": "Method not found"}
        return {"id": 1, "result": result, "error": error}


class GuardedNode(HastyNode):
    """The same, for who knows the password; counts those calls."""

    def __init__(self, password: str):
        super().__init__()
        self.password = password
        self.welcomed = 0

    def status_of(self, headers) -> int:
        known = base64.b64encode(f"adit:{self.password}".encode()).decode()
        if headers["Authorization"] != f"Basic {known}":
            return 401
        self.welcomed += 1
        return 200


class TemplateService(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="adit-template-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def redis(self) -> Redis:
        redis = Redis(self.folder)
        self.addCleanup(redis.__exit__)
        return redis

    def service(self, config: dict, redis_address: str = "127.0.0.1:1") -> Service:
        service = Service(PROGRAM, self.folder, {
            "redis": {"address": redis_address}, "spool": {"directory": "spool"},
            "nodes": [EASY], **config})
        self.addCleanup(service.__exit__)
        return service

    def bitcoind(self, url: str) -> Service:
        secret = self.folder / "cookie"
        write_secret(secret, "user:password\n")
        return self.service({"nodes": [{**BITCOIND, "url": url, "cookie_file": "cookie"}]})

    def test_streams_templates_and_gets_blocks_accepted(self):
        redis = self.redis()
        service = self.service({}, redis.address)
        service.start_and_wait()
        answers = probe(service, "mine", "3")
        self.assertEqual([a["already_known"] for a in answers], [False, True] * 3, answers)
        self.assertEqual([a["height"] for a in answers[::2]], [1, 2, 3])
        wait_until(lambda: service.metric('adit_template_blocks_total{stage="accepted"}') == 3,
                   "the chain to accept three blocks")
        blocks = probe(service, "blocks")
        self.assertEqual([b["hash"] for b in blocks], [a["hash"] for a in answers[-2::-2]])
        wait_until(lambda: {b["state"] for b in probe(service, "blocks")} == {"STATE_IN_CHAIN"},
                   "the blocks to be seen in the chain")
        self.assertEqual({b["channel"] for b in blocks}, {42})
        self.assertEqual(service.metric("adit_template_spool_depth"), 0)
        self.assertGreaterEqual(service.metric("adit_template_templates_total"), 4)
        self.assertEqual(service.stop(), 0)

    def test_refuses_what_is_no_solution(self):
        redis = self.redis()
        service = self.service({}, redis.address)
        service.start_and_wait()
        self.assertEqual([a["error"] for a in probe(service, "refusals")],
                         ["unknown_template", "not_a_block", "not_a_block"])
        self.assertEqual(probe(service, "blocks"), [])

    def test_moves_the_tip_by_blocks_of_others(self):
        redis = self.redis()
        service = self.service({"nodes": [{**EASY, "foreign_blocks": "100ms"}]}, redis.address)
        service.start_and_wait()
        wait_until(lambda: service.metric("adit_template_height") >= 4, "foreign blocks")

    def test_is_not_ready_without_an_epoch_and_starts_when_redis_comes(self):
        service = self.service({}, f"127.0.0.1:{free_port()}")
        service.start()
        status, text = wait_until(
            lambda: (answer := service.get("/readyz"))[0] and answer, "an answer")
        self.assertEqual(status, 503)
        self.assertIn("epoch", text)
        service.kill()
        redis = self.redis()
        service = self.service({}, redis.address)
        service.start_and_wait()

    def test_remembers_its_blocks_over_a_kill(self):
        redis = self.redis()
        service = self.service({}, redis.address)
        service.start_and_wait()
        mined = probe(service, "mine", "2")
        states = self.folder / "spool"
        wait_until(lambda: sum("state\taccepted" in file.read_text()
                               for file in states.glob("*.state")) == 2,
                   "what became of the blocks to be on disk")
        service.kill()
        service.start_and_wait()
        blocks = probe(service, "blocks")
        self.assertEqual({b["hash"] for b in blocks}, {a["hash"] for a in mined})
        self.assertNotIn("STATE_SPOOLED", {b["state"] for b in blocks})

    def test_keeps_a_block_until_the_node_is_back(self):
        redis = self.redis()
        service = self.service({}, redis.address)
        service.start_and_wait()
        mined = probe(service, "mine", "1")
        wait_until(lambda: service.metric('adit_template_blocks_total{stage="accepted"}') == 1,
                   "the block")
        service.kill()
        # As if it had died before the answer came.
        for state in (self.folder / "spool").glob("*.state"):
            state.unlink()
        service.start_and_wait()
        wait_until(lambda: service.metric('adit_template_blocks_total{stage="accepted"}') == 1,
                   "the block to be accepted after the restart")
        self.assertEqual([b["hash"] for b in probe(service, "blocks")], [mined[0]["hash"]])

    def test_says_what_is_wrong_with_its_configuration(self):
        cases = [
            ({"sauce": "devchain"}, "sauce"),
            ({"nodes": []}, "nodes: "),
            ({"nodes": [EASY, EASY]}, "the only one"),
            ({"network": "main"}, "network"),
            ({"nodes": [{**EASY, "difficulty": 0}]}, "nodes[0].difficulty"),
            ({"nodes": [{**EASY, "block_interval": "5"}]}, "nodes[0].block_interval"),
            ({"redis": {"address": "nowhere"}}, "redis.address"),
            ({"health": {"lag_time_max": "60"}}, "health.lag_time_max"),
            ({"health": {"clock_offset_max": "2h"}}, "health.clock_offset_max"),
            ({"health": {"peer_min": 3}}, 'did you mean "peers_min"?'),
            ({"nodes": [BITCOIND]}, "nodes[0].cookie_file"),
            ({"nodes": [{**BITCOIND, "user": "a", "password_file": "missing"}]},
             "nodes[0].password_file"),
            ({"nodes": [{**BITCOIND, "url": "http://user:secret@host:1"}]}, "nodes[0].url"),
        ]
        for config, key in cases:
            with self.subTest(key=key):
                service = self.service(config)
                service.log.unlink(missing_ok=True)
                service.start()
                self.assertEqual(service.wait(), 1)
                self.assertIn(key, service.text())

    def test_says_that_the_spool_cannot_be_used(self):
        (self.folder / "spool").write_text("in the way")
        service = self.service({})
        service.start()
        self.assertEqual(service.wait(), 1)
        self.assertIn("spool.directory", service.text())

    def test_stops_at_a_node_of_another_chain(self):
        answer = {"id": 1, "error": None, "result": {"chain": "main"}}
        with FakeNode(200, answer) as node:
            service = self.bitcoind(node.url)
            service.start()
            self.assertEqual(service.wait(), 1)
            self.assertIn("is on chain 'main', configured network is 'regtest'", service.text())

    def test_stops_at_wrong_credentials(self):
        with FakeNode(401, {}) as node:
            service = self.bitcoind(node.url)
            service.start()
            self.assertEqual(service.wait(), 1)
            self.assertIn("refuses our credentials", service.text())
            self.assertNotIn("password\n", service.text())

    def test_reads_a_password_again_when_the_node_has_another(self):
        with GuardedNode("old") as node:
            secret = self.folder / "node.password"
            write_secret(secret, "old\n")
            service = self.service({"nodes": [{**BITCOIND, "url": node.url, "user": "adit",
                                               "password_file": "node.password",
                                               "poll_interval": "50ms"}]})
            service.start()
            wait_until(lambda: node.welcomed > 3, "the node to be asked")
            write_secret(secret, "new\n")
            node.password, node.welcomed = "new", 0
            wait_until(lambda: node.welcomed > 3, "the node to be asked with the new password")
            self.assertTrue(service.is_running())
            self.assertEqual(service.stop(), 0)

    def test_says_why_a_node_gives_no_templates_yet(self):
        cases = [
            (500, {"code": -28, "message": "Loading block index…"}, "the node is starting"),
            (500, {"code": -10, "message": "is in initial sync"}, "initial block download"),
            (500, {"code": -9, "message": "is not connected!"}, "has no peers"),
            (404, None, "no node's JSON-RPC"),
            (503, None, "rpcworkqueue"),
            (403, None, "rpcallowip"),
        ]
        for status, error, says in cases:
            answer = {"id": 1, "result": None, "error": error} if error else []
            with self.subTest(says=says), FakeNode(status, answer) as node:
                service = self.bitcoind(node.url)
                service.log.unlink(missing_ok=True)
                service.start()
                wait_until(lambda: says in service.text(), says)
                status, text = service.get("/readyz")
                self.assertEqual(status, 503)
                self.assertIn(says, text)
                self.assertEqual(service.stop(), 0)

    def test_asks_seldom_where_long_polls_are_answered_at_once(self):
        with HastyNode() as node:
            service = self.bitcoind(node.url)
            service.start()
            wait_until(lambda: "answers long polls at once" in service.text(), "it to be noticed")
            asked = node.long_polls
            self.assertLess(asked, 10)
            self.assertIn("ways=poll", service.text().splitlines()[-1])
            time.sleep(2)
            self.assertEqual(node.long_polls, asked)
            self.assertEqual(service.stop(), 0)

    def test_tells_of_a_clock_that_is_off(self):
        with HastyNode() as node:  # its templates are of 2023
            service = self.bitcoind(node.url)
            service.start()
            wait_until(lambda: "clock" in service.text(), "a warning")
            self.assertRegex(service.text(), r"seconds=-\d{7,}")
            self.assertEqual(service.stop(), 0)

    def test_waits_for_a_cookie_that_nobody_has_written_yet(self):
        with FakeNode(200, {"id": 1, "error": None, "result": {"chain": "main"}}) as node:
            service = self.bitcoind(node.url)
            (self.folder / "cookie").unlink()
            service.start()
            wait_until(lambda: "No such file" in service.text(), "the reason")
            self.assertIn("is it running", service.text())
            write_secret(self.folder / "cookie", "user:password\n")
            self.assertEqual(service.wait(), 1)
            self.assertIn("is on chain 'main'", service.text())

    def test_waits_for_a_node_that_is_away(self):
        service = self.bitcoind(f"http://127.0.0.1:{free_port()}")
        service.start()
        wait_until(lambda: "node gives no templates" in service.text(), "a warning")
        status, text = service.get("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("node", text)
        self.assertTrue(service.is_running())
        self.assertEqual(service.stop(), 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
