#!/usr/bin/env python3
"""Two template replicas as processes: leading, following, handing over, without Redis.

Usage: replicas_test.py ADIT_TEMPLATE REPLICA_PROBE ADIT_DEVNODE
"""

import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from replicas import DevNode, Probe, Replicas, now, wait_until

PROGRAM, PROBE, DEVNODE = (Path(argument) for argument in sys.argv[1:4])
# A leader that is stopped for that long by a busy machine is replaced, too: long enough for a test
# that kills it.
LEASE_S = 3.0
# What is promised to a machine that has time: one of a few tries must keep it.
REPLACED_WITHIN_S, TIP_WITHIN_S, LAG_WITHIN_S, TRIES = LEASE_S + 1.5, 1.5, 2.0, 3
# A few hashes a block, and no new transactions.
EASY = ("--difficulty", "4.7e-10", "--block-interval", "3600", "--refresh-interval", "0")


class ReplicasTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="adit-replicas-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def enter(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context

    def start(self, *node_options: str, config: dict | None = None) -> Replicas:
        self.node = self.enter(DevNode(DEVNODE, self.folder, *(node_options or EASY)))
        replicas = self.enter(Replicas(PROGRAM, self.folder, self.node, config=config))
        replicas.start()
        return replicas

    def probe(self, addresses: str) -> Probe:
        probe = self.enter(Probe(PROBE, addresses))
        wait_until(probe.current, "a template")
        return probe

    def mine(self, probe: Probe) -> dict:
        """One block; returns what is handed out after it."""
        solution, before = probe.solve(), probe.current()
        probe.submit(solution)
        probe.wait_stored(solution)
        return probe.wait(lambda line: line.get("prev_hash") == solution["solved"],
                          f"a template on the block after {before['height']}")

    def test_a_follower_streams_what_the_leader_names_and_takes_its_blocks(self):
        replicas = self.start()
        leader, follower = self.probe(replicas.leader().grpc), self.probe(
            replicas.followers()[0].grpc)
        self.assertEqual(leader.current()["template"], follower.current()["template"])
        for _ in range(3):
            # Built by the follower, of a template that it was only told.
            mined = self.mine(follower)
            told = leader.wait(lambda line, mined=mined: line.get("template") == mined["template"],
                               "the same template from the leader")
            self.assertEqual(told["prev_hash"], mined["prev_hash"])
        # Of the last one that was relayed.
        for _ in range(TRIES):
            lag_s = replicas.followers()[0].metric("adit_template_relay_lag_seconds")
            if lag_s < LAG_WITHIN_S:
                break
            self.mine(follower)
        self.assertLess(lag_s, LAG_WITHIN_S)

    def test_a_dead_leader_is_replaced_without_a_gap_and_without_a_second_tip_change(self):
        replicas = self.start(config={"leader": {"lease": f"{LEASE_S:.0f}s"}})
        probe = self.probe(replicas.addresses)
        self.mine(probe)
        took = []
        while not took or (took[-1] >= REPLACED_WITHIN_S and len(took) < TRIES):
            took.append(self.replace_leader(replicas, probe))
            print(f"a killed leader was replaced after {took[-1]:.2f} s")
        self.assertLess(took[-1], REPLACED_WITHIN_S)
        templates = [line["template"] for line in probe.lines if "template" in line]
        self.assertEqual(templates, sorted(set(templates)), "handed out once, in order")
        tips = [line["prev_hash"] for line in probe.lines if "template" in line]
        changes = [tip for tip, last in zip(tips, [None, *tips]) if tip != last]
        self.assertEqual(len(changes), len(set(changes)), "no tip came twice")

    def replace_leader(self, replicas: Replicas, probe: Probe) -> float:
        """Kills it; returns the seconds until another one gives work."""
        before, since = probe.current(), len(probe.lines)
        dead = replicas.leader()
        dead.kill()
        killed_at = now()
        after = probe.wait(lambda line: line.get("epoch", 0) > before["epoch"],
                           "work of a new leader", since)
        self.assertEqual(after["prev_hash"], before["prev_hash"])
        self.assertEqual(self.mine(probe)["epoch"], after["epoch"])
        # It comes back, and follows.
        replicas.start()
        self.assertIsNot(replicas.leader(), dead)
        return after["at"] - killed_at

    def test_a_leader_that_stops_hands_over_at_once(self):
        lease_s = 60
        replicas = self.start(config={"leader": {"lease": f"{lease_s}s"}})
        probe = self.probe(replicas.addresses)
        before, since = probe.current(), len(probe.lines)
        leader = replicas.leader()
        asked_at = now()
        leader._process.send_signal(signal.SIGTERM)
        after = probe.wait(lambda line: line.get("epoch", 0) > before["epoch"],
                           "work of a new leader", since)
        print(f"a leader that was asked to stop was replaced after {after['at'] - asked_at:.2f} s")
        self.assertLess(after["at"] - asked_at, lease_s / 3, "long before its lease ran out")
        self.assertEqual(leader.wait(), 0)

    def test_without_redis_the_leader_goes_on(self):
        replicas = self.start()
        probe = self.probe(replicas.addresses)
        before = self.mine(probe)
        leader = replicas.leader()
        replicas.redis.kill()
        for _ in range(3):
            after = self.mine(probe)
            self.assertEqual(after["epoch"], before["epoch"])
        self.assertEqual(leader.metric("adit_template_leader"), 1)
        replicas.redis.start()
        wait_until(lambda: leader.metric("adit_template_lease_age_seconds") < 0.5,
                   "the lease to be renewed")
        self.assertEqual(self.mine(probe)["epoch"], before["epoch"])

    def test_a_redis_that_stands_still_delays_no_template(self):
        replicas = self.start()
        probe = self.probe(replicas.addresses)
        self.mine(probe)
        quiet = max(self.time_of_tip(probe) for _ in range(3))
        replicas.redis._process.send_signal(signal.SIGSTOP)
        self.addCleanup(replicas.redis._process.send_signal, signal.SIGCONT)
        took = [self.time_of_tip(probe) for _ in range(3)]
        print(f"with Redis standing still tips came after {', '.join(f'{s:.2f}' for s in took)} s, "
              f"before after {quiet:.2f} s at most")
        # It would delay every one of them.
        self.assertLess(min(took), TIP_WITHIN_S + quiet)

    def time_of_tip(self, probe: Probe) -> float:
        """From a solution's being stored to work on it, in seconds."""
        solution = probe.solve()
        probe.submit(solution)
        stored = probe.wait_stored(solution)
        new = probe.wait(lambda line: line.get("prev_hash") == solution["solved"], "the next tip")
        return new["at"] - stored["at"]

    def test_a_replica_that_just_started_builds_blocks_of_templates_in_redis(self):
        replicas = self.start()
        probe = self.probe(replicas.addresses)
        self.mine(probe)
        solution = probe.solve()
        wait_until(lambda: replicas.ask_redis("HEXISTS", f"{{tpl}}:{solution['ref']:016x}",
                                              "transactions") == "1", "transactions in Redis")
        for replica in replicas.all:
            replica.kill()
        replicas.all[0].start_and_wait()
        alone = self.probe(replicas.all[0].grpc)
        self.assertNotEqual(alone.current()["template"], solution["ref"])
        alone.submit(solution)
        alone.wait_stored(solution)
        alone.wait(lambda line: line.get("prev_hash") == solution["solved"],
                   "the node to take the block")

    def test_a_template_that_redis_never_had_is_on_the_disk_of_the_leader(self):
        replicas = self.start()
        probe = self.probe(replicas.addresses)
        self.mine(probe)
        replicas.redis._process.send_signal(signal.SIGSTOP)
        self.mine(probe)
        solution = probe.solve()
        wait_until(lambda: list(self.folder.glob(f"*/spool/{solution['ref']:016x}.template")),
                   "the template on a disk")
        for replica in replicas.all:
            replica.kill()
        replicas.redis.kill()
        replicas.redis.start()
        wait_until(replicas.redis._answers, "Redis")
        record = f"{{tpl}}:{solution['ref']:016x}"
        self.assertEqual(replicas.ask_redis("EXISTS", record), "0")
        replicas.start()
        again = self.probe(replicas.addresses)
        again.say(f"get {solution['ref']}")
        self.assertTrue(again.wait(lambda line: line.get("get") == solution["ref"],
                                   "an answer")["found"])
        again.submit(solution)
        again.wait_stored(solution)
        again.wait(lambda line: line.get("prev_hash") == solution["solved"],
                   "the node to take the block")

    def test_a_template_is_given_by_name(self):
        replicas = self.start()
        probe = self.probe(replicas.addresses)
        ref = probe.current()["template"]
        for asked, is_found in ((ref, True), (ref + 1000, False)):
            probe.say(f"get {asked}")
            answer = probe.wait(lambda line, asked=asked: line.get("get") == asked, "an answer")
            self.assertEqual(answer["found"], is_found)

    def test_a_replica_without_its_node_does_not_lead(self):
        replicas = self.start()
        probe = self.probe(replicas.addresses)
        since = len(probe.lines)
        epoch = probe.current()["epoch"]
        self.node.kill()
        leader = replicas.leader  # by now nobody leads: nobody has a node
        wait_until(lambda: all(replica.metric("adit_template_leader") == 0
                               for replica in replicas.all), "nobody to lead")
        self.node.start()
        leader()
        after = probe.wait(lambda line: line.get("epoch", 0) > epoch, "work again", since)
        self.assertGreater(after["template"], probe.lines[0]["template"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
