#!/usr/bin/env python3
"""The scripts of the components sentinel and redis-cluster, with real Redis: does it become what
the manifests promise, and does it come back?"""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools" / "dev"))

import redis_pods
from redis_pods import Pod, Pods


class Started(unittest.TestCase):
    component = ""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.pods = Pods(Path(temporary.name), self.component, self.base)
        self.addCleanup(self.pods.remove)
        self.pods.start()


class Sentinel(Started):
    component, base = "sentinel", 10

    def primary(self) -> Pod | None:
        found = [pod for pod in self.pods.redis() if pod.role() == "master"]
        return found[0] if len(found) == 1 else None

    def is_whole(self) -> bool:
        """One primary, two replicas that have all it has, and each Sentinel knows them, which takes
        ten seconds: of whom it does not know it moves none to a new primary."""
        primary = self.primary()
        if primary is None or primary.ask("info", "replication").count("state=online") != 2:
            return False
        for name, pod in self.pods.all.items():
            if name.startswith("sentinel-"):
                told = pod.ask("-p", "26379", "sentinel", "master", "adit").splitlines()
                if "num-slaves" not in told or told[told.index("num-slaves") + 1] != "2":
                    return False
        return True

    def test_a_primary_leaves_dies_and_comes_back(self):
        pods = self.pods
        pods.wait_until("a primary with two replicas", self.is_whole)
        first = self.primary()
        self.assertEqual(first.name, "redis-0")
        self.assertEqual(first.ask("set", "share", "1"), "OK")
        self.assertEqual(first.ask("wait", "2", "5000"), "2")

        first.run("sh", "/scripts/leave-redis.sh")  # returns when another one has its place
        pods.wait_until("all to follow the new primary", lambda: self.is_whole()
                        and self.primary() is not first)

        second = self.primary()
        second.kill()
        pods.wait_until("a third primary", lambda: any(
            pod is not second and pod.role() == "master" for pod in pods.redis()))
        second.start()
        pods.wait_until("the dead one to be a replica", lambda: self.is_whole()
                        and second.role() == "slave")

        pods.come_back_elsewhere()
        pods.wait_until("the same after all were away", self.is_whole)
        self.assertEqual(self.primary().ask("get", "share"), "1")


class Cluster(Started):
    component, base = "redis-cluster", 100

    def is_whole(self) -> bool:
        """Six that agree, three of them replicas."""
        told = [pod.ask("cluster", "nodes") for pod in self.pods.redis()]
        return all("cluster_state:ok" in pod.ask("cluster", "info") for pod in self.pods.redis()) \
            and all(text.count("slave") == 3 and "fail" not in text for text in told) \
            and sum(pod.role() == "slave" for pod in self.pods.redis()) == 3

    def holds(self, word: str, *more: str) -> list[str]:
        """What the cluster says to a command about each of these keys."""
        return [self.pods.redis()[0].ask("-c", word, f"{{p{number}}}:key", *more)
                for number in range(16)]

    def test_it_is_made_once_and_comes_back_elsewhere(self):
        pods = self.pods
        pods.wait_until("six servers", lambda: all(pod.role() for pod in pods.redis()))
        first = pods.redis()[0]
        first.run("sh", "/scripts/make-cluster.sh")
        pods.wait_until("a cluster", self.is_whole)
        self.assertIn("is made already", first.run("sh", "/scripts/make-cluster.sh"))
        self.assertEqual(set(self.holds("set", "kept")), {"OK"})

        pods.come_back_elsewhere()
        pods.wait_until("the same after all were away", self.is_whole)
        self.assertEqual(set(self.holds("get")), {"kept"})


if __name__ == "__main__":
    why = redis_pods.enter_own_network()
    if why:
        print(f"SKIP: {why}")
        sys.exit(77)
    unittest.main()
