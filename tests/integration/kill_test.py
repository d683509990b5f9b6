#!/usr/bin/env python3
"""kill -9 or a stop while miners submit: shares go on, none is lost, none is credited twice.

Usage: kill_test.py FOLDER_OF_PROGRAMS [TEST...]; the environment's SEED repeats a run.
"""

import json
import os
import random
import re
import signal
import socket
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import journal
from dev_up import TEMPLATES, DevUp
from processes import PATIENCE, wait_until

BINARIES = Path(sys.argv[1]).resolve()
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(10**6)))
MINERS = 2
HOST = "127.0.0.1"
GATEWAY = 0
WORKERS = ("channel-manager-1", "channel-manager-2")
# What the pool promises. A machine that is busy with something else stops everybody now and then:
# what it does without a kill comes on top.
GOES_ON_WITHIN_S = 2.0
# How long after a kill a gap counts as the kill's: others begin later.
SPAN_US = 4_000_000
# So many shares make a run that shows something; a busy machine takes longer to find them.
SHARES = 100
# Of each miner, without a kill: what the times around the kills are compared with.
QUIET_ANSWERS = 50
# The embedded chain aims at a block every five seconds, but the CPU that finds them is shared.
BLOCK_PATIENCE_S = 240.0


class Killing(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        print(f"SEED={SEED}", flush=True)

    def start(self, *options: str) -> DevUp:
        """A pool whose four channels find some hundred shares a second, so that a kill meets a batch."""
        up = self.enterContext(DevUp(BINARIES, "--shares-per-minute", "3000", *options))
        up.wait_until_up()
        wait_until(lambda: len(up.journals()) == MINERS, "the miners' journals")
        for path in up.journals():
            wait_until(lambda path=path: len(journal.gaps(path)) > 20, f"answers in {path.name}")
        return up

    def pause(self, least: float, most: float) -> None:
        """Lets the pool work; the kill comes at any moment of it."""
        time.sleep(self.random.uniform(least, most))

    def wait_for_answers(self, up: DevUp, since_us: int) -> None:
        """Until each miner is answered again and again after that moment."""
        for path in up.journals():
            wait_until(lambda path=path: any(gap.start > since_us + 500_000
                                             for gap in journal.gaps(path)),
                       f"answers in {path.name} after a kill")

    def wait_for_quiet_answers(self, up: DevUp, kill_us: int) -> None:
        """Until there is enough to say how this machine does without a kill."""
        for path in up.journals():
            wait_until(lambda path=path: sum(gap.start > kill_us + SPAN_US
                                             for gap in journal.gaps(path)) >= QUIET_ANSWERS,
                       f"{QUIET_ANSWERS} answers in {path.name} long after the kill")

    def end(self, up: DevUp, restarts: int) -> dict:
        wait_until(lambda: sum(journal.accepted(path) for path in up.journals()) > SHARES,
                   f"more than {SHARES} accepted shares")
        up.interrupt()
        self.assertEqual(up.wait(), 0, up.text())
        summary = up.summary()
        self.assertEqual(summary["restarts"], restarts)
        self.assertLessEqual(set(summary["shares_rejected"]), {"stale-share"})
        status, said = up.audit()
        print(said.strip(), flush=True)
        self.assertEqual(status, 0, said)
        # A gateway that was killed takes its last counts with it: the journals have them all.
        self.assertGreater(summary["shares_accepted"], 0)
        self.assertEqual(up.left_over(), [])
        return summary

    def assert_shares_went_on(self, up: DevUp, kills: list[int]) -> None:
        """Prints the longest time without an answer around each kill, for the miner that waited
        longest, beside the longest without a kill."""
        disturbed = [max(journal.longest([gap for gap in journal.gaps(path)
                                          if gap.touches(kill, kill + SPAN_US)])
                         for path in up.journals())
                     for kill in kills]
        quiet = max(journal.longest([gap for gap in journal.gaps(path)
                                     if not any(gap.touches(kill, kill + SPAN_US)
                                                for kill in kills)])
                    for path in up.journals())
        measured = ", ".join(f"{seconds:.2f}" for seconds in disturbed)
        print(f"longest time without an answer: {measured} s around the kills, {quiet:.2f} s "
              f"without", flush=True)
        self.assertLess(max(disturbed), GOES_ON_WITHIN_S + quiet)


class KillWorker(Killing):
    def test_shares_go_on_when_a_worker_is_killed(self):
        up = self.start()
        kills = []
        for victim in self.random.sample(WORKERS * 2, 4):
            self.wait_until_ready(up)
            self.pause(1.0, 3.0)
            print(f"kill -9 {victim}", flush=True)
            kills.append(up.kill(victim))
            self.wait_for_answers(up, kills[-1])
        self.wait_for_quiet_answers(up, kills[-1])
        self.end(up, restarts=len(kills))
        self.assert_shares_went_on(up, kills)
        up.discard()

    def test_nothing_is_lost_when_all_workers_are_killed_at_once(self):
        up = self.start()
        self.wait_until_ready(up)
        self.pause(0.0, 1.0)
        kills = [up.kill(victim) for victim in WORKERS]
        self.wait_for_answers(up, kills[-1])
        self.end(up, restarts=len(kills))
        up.discard()

    def wait_until_ready(self, up: DevUp) -> None:
        """Until there is another worker when one is killed."""
        for name in WORKERS:
            wait_until(lambda name=name: up.is_ready(name), f"{name} to be ready")


class KillGateway(Killing):
    def test_miners_come_back_when_the_gateway_is_killed(self):
        up = self.start()
        self.pause(0.5, 2.0)
        kill = up.kill("gateway")
        self.wait_for_answers(up, kill)
        self.end(up, restarts=1)
        for path in up.journals():
            connections = {event["connection"] for event in journal.read(path)}
            self.assertGreater(len(connections), 1)
        up.discard()


class FenceGateway(Killing):
    def test_a_gateway_that_was_taken_for_dead_ends_and_its_miners_come_back(self):
        """As vardiff reaps one: it lives, and its next batch tells it."""
        up = self.start()
        # A miner whose first connection fails gives up, and is not what is tested here.
        wait_until(lambda: len(up.redis("KEYS", "{p*}:ch:*").split()) == 4, "all channels")
        self.pause(0.5, 1.0)
        members = up.redis("ZRANGE", "{pool}:members", "0", "-1").split()
        epoch, = [name.split("/")[1] for name in members if name.startswith("gateway/")]
        moment = time.time_ns() // 1000
        for partition in range(16):
            up.redis("HSET", f"{{p{partition}}}:gw", f"{epoch}:reaped", "1")
        up.wait_for_log("gateway", "fenced: this epoch was reaped")
        self.assertNotIn("not drained in time", (up.folder / "gateway.log").read_text())
        self.wait_for_answers(up, moment)
        wait_until(lambda: re.search(r"(?m)^dev accepted=[1-9]", up.aditctl("shares")),
                   "shares to be summed up")
        self.assertRegex(up.aditctl("log", "readers"), r"no readers")
        up.aditctl("log", "register", "exporter")
        printed = up.aditctl("log", "print", "--reader", "exporter").splitlines()
        self.assertGreater(len(printed), 0)
        self.assertEqual(json.loads(printed[0])["user_identity"].split(".")[0], "dev")
        self.assertRegex(up.aditctl("log", "readers"), r"(?m)^exporter required unread=\d+ ")
        up.aditctl("log", "unregister", "exporter")
        self.end(up, restarts=1)
        up.discard()


class DrainGateway(Killing):
    def test_miners_are_asked_to_leave_a_gateway_that_is_stopped_and_lose_nothing(self):
        up = self.start()
        wait_until(lambda: up.metric("gateway", "adit_gateway_connections") == 4, "all connections")
        self.pause(0.5, 2.0)
        stopped = up.terminate("gateway")
        self.wait_for_answers(up, stopped)
        self.end(up, restarts=1)
        log = (up.folder / "gateway.log").read_text()
        # The miners' two, and the translator's.
        self.assertIn('message="miners are asked to leave" connections=4', log)
        self.assertNotIn("not drained in time", log)
        for path in up.journals():
            losses = [event["reason"] for event in journal.read(path)
                      if event["event"] == "connection_lost"]
            self.assertRegex(losses[0], "the pool sent us elsewhere")
        up.discard()


    def test_a_notice_comes_before_anybody_is_turned_away_and_a_second_signal_ends_it(self):
        up = self.start()
        up.configure("gateway", "[listen]\n", '[drain]\nnotice = "10s"\nspread = "1s"\n[listen]\n')
        before = up.pid("gateway")
        self.wait_for_answers(up, time.time_ns() // 1000)
        self.set_notice(up, "10s", "10m")  # of the next one
        stopped = up.terminate("gateway")
        wait_until(lambda: not up.is_ready("gateway"), "the gateway to say that it leaves")
        with socket.create_connection((HOST, up.base + GATEWAY), timeout=5) as late:
            late.settimeout(1)
            with self.assertRaises(TimeoutError, msg="a miner that comes now is taken"):
                late.recv(1)
            late.settimeout(PATIENCE)
            self.assertEqual(late.recv(1), b"", "it has not mined, and is let go after the notice")
        self.assertGreaterEqual(time.time_ns() // 1000, stopped + 10_000_000)
        wait_until(lambda: up.pid("gateway") not in (None, before) and up.is_ready("gateway"),
                   "another gateway")
        self.wait_for_answers(up, time.time_ns() // 1000)
        for path in up.journals():
            lost = self.first_loss(path, stopped)
            self.assertGreaterEqual(lost, stopped + 10_000_000, "nobody leaves before it has ended")
            self.assertTrue(any(stopped + 500_000 < gap.start < lost for gap in journal.gaps(path)),
                            "answers go on until then")
        self.set_notice(up, "10m", "0s")
        stopped = up.terminate("gateway")
        wait_until(lambda: not up.is_ready("gateway"), "the gateway to say that it leaves")
        hurried = up.terminate("gateway")
        up.wait_for_log("gateway", 'message="hurrying"')
        self.wait_for_answers(up, hurried)
        for path in up.journals():
            # Long before the notice would have ended.
            self.assertGreater(self.first_loss(path, stopped), hurried)
        self.end(up, restarts=3)
        self.assertNotIn("not drained in time", (up.folder / "gateway.log").read_text())
        up.discard()

    def set_notice(self, up: DevUp, old: str, new: str) -> None:
        """Of a gateway that starts from now on."""
        config = up.folder / "gateway.toml"
        text = config.read_text()
        self.assertIn(f'notice = "{old}"', text)
        config.write_text(text.replace(f'notice = "{old}"', f'notice = "{new}"'))

    @staticmethod
    def first_loss(path: Path, since_us: int) -> int:
        """When a miner first lost a connection after that moment."""
        return wait_until(lambda: next(
            (event["time_us"] for event in journal.read(path)
             if event["event"] == "connection_lost" and event["time_us"] > since_us), None),
            f"{path.name} to lose a connection")


class LoseWork(Killing):
    def test_miners_are_sent_away_while_no_template_comes_and_taken_back_after(self):
        up = self.start("--no-restart-wedged")
        # Well above the development chain's refresh of 10 s: a busy template service is late.
        config = up.folder / "gateway.toml"
        text = config.read_text()
        self.assertIn("[templates]\n", text)
        config.write_text(text.replace("[templates]\n", '[templates]\nage_max = "25s"\n'))
        before = up.pid("gateway")
        up.terminate("gateway")
        wait_until(lambda: up.pid("gateway") not in (before, None) and up.is_ready("gateway"),
                   "another gateway")
        self.wait_for_answers(up, time.time_ns() // 1000)
        for name in TEMPLATES:
            up.send(name, signal.SIGSTOP)
        try:
            wait_until(lambda: "no-template" in self.closed(up), "channels to be closed")
            wait_until(lambda: not up.is_ready("gateway"), "the gateway to say so")
        finally:
            for name in TEMPLATES:
                up.send(name, signal.SIGCONT)
        self.wait_for_answers(up, time.time_ns() // 1000)
        wait_until(lambda: up.is_ready("gateway"), "the gateway to take miners")
        self.end(up, restarts=1)
        up.discard()

    @staticmethod
    def closed(up: DevUp) -> set[str]:
        return {event["reason_code"] for path in up.journals() for event in journal.read(path)
                if event["event"] == "channel_closed"}


class KillTemplate(Killing):
    def test_blocks_go_on_when_the_leading_template_replica_is_killed(self):
        up = self.start()
        wait_until(lambda: up.blocks("accepted") > 0, "a first block", BLOCK_PATIENCE_S)
        self.pause(0.5, 2.0)
        leader, blocks = up.template_leader(), up.blocks("accepted")
        kill = up.kill(leader)
        self.wait_for_answers(up, kill)
        wait_until(lambda: up.is_ready(leader) and up.blocks("accepted") > blocks,
                   "a block after the kill", BLOCK_PATIENCE_S)
        self.end(up, restarts=1)
        up.discard()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
