#!/usr/bin/env python3
"""What an operator sees and does, on a pool that mines: every process says what stands still, a
wedged one is started again, and what a gateway is asked for costs nobody a share.

Usage: operator_test.py FOLDER_OF_PROGRAMS [TEST...]
"""

import base64
import signal
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import journal
from dev_up import TEMPLATES, DevUp
from processes import wait_until

BINARIES = Path(sys.argv[1]).resolve()
SERVICES = {"gateway": "gateway", "channel-manager-1": "channel-manager",
            "channel-manager-2": "channel-manager", "template-1": "template",
            "template-2": "template", "vardiff": "vardiff", "translator": "translator"}
SHARES = 50
NOT_FOUND, FAILED_PRECONDITION, INVALID_ARGUMENT, DEADLINE_EXCEEDED = 5, 9, 3, 4


class Operating(unittest.TestCase):
    def start(self, *options: str) -> DevUp:
        up = self.enterContext(DevUp(BINARIES, "--shares-per-minute", "1200", *options))
        up.wait_until_up()
        for path in wait_until(lambda: len(up.journals()) == 2 and up.journals(), "journals"):
            wait_until(lambda path=path: journal.accepted(path) > 5, f"shares in {path.name}")
        return up

    def wait_for_answers(self, up: DevUp) -> None:
        """Until each miner is answered again, long after now."""
        moment = time.time_ns() // 1000
        for path in up.journals():
            wait_until(lambda path=path: any(gap.start > moment + 300_000
                                             for gap in journal.gaps(path)),
                       f"answers in {path.name}")

    def end(self, up: DevUp, restarts: int = 0) -> None:
        wait_until(lambda: sum(journal.accepted(path) for path in up.journals()) > SHARES,
                   f"more than {SHARES} accepted shares")
        up.interrupt()
        self.assertEqual(up.wait(), 0, up.text())
        self.assertEqual(up.summary()["restarts"], restarts)
        self.assertLessEqual(set(up.summary()["shares_rejected"]), {"stale-share"})
        status, said = up.audit()
        print(said.strip(), flush=True)
        self.assertEqual(status, 0, said)
        self.assertEqual(up.left_over(), [])
        up.discard()

    def wait_for_problem(self, up: DevUp, name: str, begins: str) -> dict:
        """Until the process tells of it; in time."""
        began = time.monotonic()
        problem = wait_until(lambda: next((problem for id, problem in up.problems(name).items()
                                           if id.startswith(begins)), None),
                             f"{name} to say {begins}", 20.0)
        print(f"{name}: {problem['id']} after {time.monotonic() - began:.1f} s: {problem['text']}",
              flush=True)
        return problem

    def wait_until_cleared(self, up: DevUp, name: str, begins: str) -> None:
        began = time.monotonic()
        wait_until(lambda: not any(id.startswith(begins) for id in up.problems(name)),
                   f"{name} to take back {begins}", 60.0)
        print(f"{name}: {begins} is over after {time.monotonic() - began:.1f} s", flush=True)


class Wedge(Operating):
    def test_a_wedged_worker_says_so_and_is_started_again(self):
        up = self.start("--restart-wedged-after", "12s")
        for name, service in SERVICES.items():
            status = up.answer(name, "ControlService/GetStatus")
            self.assertEqual((status["service"], status["instance"]), (service, name))
            self.assertFalse(status["is_wedged"])
        victim = up.pid("channel-manager-1")
        self.assertEqual(up.ask("channel-manager-1", "ControlService/Wedge",
                                {"milliseconds": 60_000})[0], 0)
        status, _, _ = up.ask("channel-manager-1", "ControlService/GetDetails", timeout_ms=500)
        self.assertEqual(status, DEADLINE_EXCEEDED)
        dump = wait_until(lambda: next((dump for dump in up.ask(
            "channel-manager-1", "ControlService/Dump")[1] if dump["status"]["is_wedged"]), None),
            "the dump to say that it is wedged")
        self.assertIn("wedged as asked", [event["what"] for event in dump["events"]])
        self.assertEqual({stage["name"] for stage in dump["status"]["stages"]},
                         {"ledger", "template", "solution"})
        up.wait_for("channel-manager-1 has not answered for")
        wait_until(lambda: up.pid("channel-manager-1") not in (victim, None)
                   and up.is_ready("channel-manager-1"), "another channel-manager")
        self.wait_for_answers(up)
        self.end(up, restarts=1)


class Gateway(Operating):
    def connections(self, up: DevUp) -> list[dict]:
        status, answers, why = up.ask("gateway", "GatewayControlService/ListConnections")
        self.assertEqual(status, 0, why)
        return [connection for answer in answers for connection in answer["connections"]]

    def mining(self, up: DevUp) -> list[dict]:
        return [connection for connection in self.connections(up)
                if connection["state"] == "STATE_MINING"]

    def test_what_an_operator_asks_is_done_and_costs_nobody_a_share(self):
        up = self.start()
        with self.subTest("list"):
            miners = wait_until(lambda: [c for c in self.mining(up) if int(c["accepted_shares"])],
                                "miners with shares")
            self.assertTrue(all(c["vendor"] and c["peer_address"].startswith("127.0.0.1:")
                                for c in miners), miners)
            ids = [int(c["id"]) for c in self.connections(up)]
            self.assertEqual(ids, sorted(ids))
            gateway = up.answer("gateway", "GatewayControlService/GetGateway")
            self.assertGreater(int(gateway["epoch"]), 0)
            self.assertEqual(gateway["listen_address"], f"127.0.0.1:{up.base}")
            self.assertEqual(gateway["connections"], len(ids))
            self.assertFalse(gateway["is_draining"])

        with self.subTest("close a channel, once"):
            key = {"channel_key": miners[0]["channel_keys"][0], "reason_code": "moving-house"}
            self.assertEqual(up.ask("gateway", "GatewayControlService/CloseChannel", key)[0], 0)
            status, _, why = up.ask("gateway", "GatewayControlService/CloseChannel", key)
            self.assertEqual(status, NOT_FOUND, why)
            wait_until(lambda: "moving-house" in {
                event["reason_code"] for path in up.journals() for event in journal.read(path)
                if event["event"] == "channel_closed"}, "the miner to hear of it")

        with self.subTest("disconnect, once"):
            victim = {"connection_id": self.mining(up)[-1]["id"], "reason": "test"}
            self.assertEqual(up.ask("gateway", "GatewayControlService/Disconnect", victim)[0], 0)
            self.assertEqual(up.ask("gateway", "GatewayControlService/Disconnect", victim)[0],
                             NOT_FOUND)
        self.wait_for_answers(up)

        with self.subTest("rebalance"):
            before = {c["id"] for c in wait_until(lambda: self.mining(up), "miners")}
            asked = up.answer("gateway", "GatewayControlService/Rebalance",
                              {"basis_points": 10_000, "spread_ms": 500})
            # Who was disconnected above may be back by now.
            self.assertGreaterEqual(asked["connections"], len(before))
            again = up.answer("gateway", "GatewayControlService/Rebalance",
                              {"basis_points": 10_000, "spread_ms": 500})
            self.assertGreaterEqual(again["connections"], 1)
            wait_until(lambda: not before & {c["id"] for c in self.connections(up)},
                       "all of them to have left")
            self.assertEqual(up.ask("gateway", "GatewayControlService/Rebalance",
                                    {"basis_points": 10_001})[0], INVALID_ARGUMENT)
        self.wait_for_answers(up)

        with self.subTest("drain and undrain"):
            pid = up.pid("gateway")
            drained = up.answer("gateway", "GatewayControlService/Drain", {"spread_ms": 1_000})
            self.assertGreaterEqual(drained["connections"], 2)
            up.answer("gateway", "GatewayControlService/Drain")
            self.assertFalse(up.is_ready("gateway"))
            self.assertEqual(up.ask("gateway", "GatewayControlService/Rebalance",
                                    {"basis_points": 100})[0], FAILED_PRECONDITION)
            wait_until(lambda: up.answer("gateway", "GatewayControlService/GetGateway")[
                "connections"] == 0, "the gateway to be empty")
            self.assertTrue(up.answer("gateway", "GatewayControlService/GetGateway")["is_draining"])
            up.answer("gateway", "GatewayControlService/Undrain")
            up.answer("gateway", "GatewayControlService/Undrain")
            wait_until(lambda: up.is_ready("gateway"), "the gateway to be ready")
            self.assertEqual(up.pid("gateway"), pid)
        self.wait_for_answers(up)
        # What the miners lost, they were sent for.
        for path in up.journals():
            for event in journal.read(path):
                if event["event"] == "connection_lost":
                    self.assertRegex(event["reason"], "the pool sent us elsewhere|ended|closed")
        self.end(up)

    def test_a_certificate_is_renewed_where_it_is_in_use(self):
        up = self.start("--no-restart-wedged")
        before = up.answer("gateway", "GatewayControlService/GetGateway")["certificate"]
        status, _, why = up.ask("gateway", "GatewayControlService/RotateCertificate",
                                {"certificate": "bm9uc2Vuc2U="})
        self.assertEqual(status, FAILED_PRECONDITION, why)
        keys = up.folder / "keys"
        fresh = keys / "fresh.cert"
        up.sign(keys, fresh, "40d")
        renewed = up.answer("gateway", "GatewayControlService/RotateCertificate",
                            {"certificate": base64.b64encode(fresh.read_bytes()).decode()})
        self.assertTrue(renewed["is_kept"])
        self.assertGreater(renewed["certificate"]["not_valid_after"], before["not_valid_after"])
        self.assertEqual((keys / "gateway.cert").read_text(), fresh.read_text())
        again = up.answer("gateway", "GatewayControlService/RotateCertificate")
        self.assertEqual(again["certificate"], renewed["certificate"])
        (keys / "gateway.cert").write_text("nonsense")
        status, _, why = up.ask("gateway", "GatewayControlService/RotateCertificate")
        self.assertEqual(status, FAILED_PRECONDITION)
        self.assertIn("gateway.cert", why)
        self.wait_for_problem(up, "gateway", "certificate-refused")
        self.end(up)


class Problems(Operating):
    def test_each_process_says_what_stands_still_while_it_does(self):
        up = self.start("--no-restart-wedged")
        for name in SERVICES:
            wait_until(lambda name=name: up.problems(name) == {}, f"{name} to have no problem", 60.0)

        with self.subTest("Redis stands still"):
            up.send("redis", signal.SIGSTOP)
            try:
                for name in ("channel-manager-1", "channel-manager-2", "gateway", "vardiff",
                             "template-1"):
                    self.wait_for_problem(up, name, "redis-away")
                self.wait_for_problem(up, "gateway", "partition-unanswered:")
                self.wait_for_problem(up, "vardiff", "behind-log")
                stages = up.answer("gateway", "ControlService/GetStatus")["stages"]
                self.assertRegex(stages[0]["oldest_entry"], r"partition \d+")
            finally:
                up.send("redis", signal.SIGCONT)
            for name in SERVICES:
                self.wait_until_cleared(up, name, "")

        with self.subTest("all workers stand still"):
            for name in ("channel-manager-1", "channel-manager-2"):
                up.send(name, signal.SIGSTOP)
            try:
                problem = self.wait_for_problem(up, "gateway", "partition-unanswered:")
                self.assertIn("worker", problem["text"])
                self.wait_for_problem(up, "gateway", "no-worker")
            finally:
                for name in ("channel-manager-1", "channel-manager-2"):
                    up.send(name, signal.SIGCONT)
            self.wait_until_cleared(up, "gateway", "")

        with self.subTest("the node stands still"):
            up.send("devnode", signal.SIGSTOP)
            try:
                for name in TEMPLATES:
                    self.wait_for_problem(up, name, "node-refused:devnode")
            finally:
                up.send("devnode", signal.SIGCONT)
            for name in TEMPLATES:
                self.wait_until_cleared(up, name, "")

        with self.subTest("the template replicas stand still"):
            for name in TEMPLATES:
                up.send(name, signal.SIGSTOP)
            try:
                self.wait_for_problem(up, "gateway", "no-template-replica")
                self.wait_for_problem(up, "channel-manager-1", "no-template-replica")
            finally:
                for name in TEMPLATES:
                    up.send(name, signal.SIGCONT)
            for name in SERVICES:
                self.wait_until_cleared(up, name, "")

        self.wait_for_answers(up)
        self.end(up)


class Template(Operating):
    def test_templates_and_blocks_are_listed_and_a_block_is_submitted_again(self):
        up = self.start()
        wait_until(lambda: up.blocks("accepted") > 0, "a block", 240.0)
        leader = up.template_leader()
        templates = up.answer(leader, "TemplateService/ListTemplates")["templates"]
        self.assertEqual([t["is_current"] for t in templates].count(True), 1)
        self.assertTrue(templates[0]["is_current"])
        self.assertEqual(templates[0]["node"], "devnode")
        self.assertGreater(int(templates[0]["value_sat"]), 0)
        block = up.answer(leader, "TemplateService/ListBlocks")["blocks"][0]
        again = up.answer(leader, "TemplateService/ResubmitBlock",
                          {"block_hash": block["block_hash"]})
        self.assertEqual(again["nodes"], ["devnode"])
        wait_until(lambda: next(b for b in up.answer(
            leader, "TemplateService/ListBlocks", {"page_size": 1000})["blocks"]
            if b["block_hash"] == block["block_hash"])["nodes"][0]["answer"] == "accepted",
            "the node to answer again")
        status, _, why = up.ask(leader, "TemplateService/ResubmitBlock",
                                {"block_hash": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="})
        self.assertEqual(status, NOT_FOUND, why)
        self.end(up)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
