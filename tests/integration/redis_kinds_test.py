#!/usr/bin/env python3
"""A pool whose Redis is a primary behind Sentinels, and one on a Redis Cluster: the admin service
sees each Redis, names the one that dies and follows the failover, and operators' tools read the ledger.

Usage: redis_kinds_test.py FOLDER_OF_PROGRAMS [TEST...]
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tools" / "dev")]

import children
from chaos_cluster import NODES, PRIMARIES, RedisCluster
from chaos_faults import start_again
from chaos_group import MASTER, SENTINELS, RedisGroup
from chaos_pool import GATEWAYS, TEMPLATES, WORKERS, Pool
from processes import Service, free_port, wait_until

BINARIES = Path(sys.argv[1]).resolve()
SHARES_PER_SECOND = 200
# What the services and the admin service have besides.
OTHERS = len(GATEWAYS) + len(TEMPLATES) + len(WORKERS) + 1


class RedisKinds(unittest.TestCase):
    def start(self, store) -> None:
        children.adopt_orphans()
        self.addCleanup(children.end_all)
        self.folder = ROOT / "var" / f"redis-{os.getpid()}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.pool = Pool(BINARIES, self.folder, SHARES_PER_SECOND, store)
        self.pool.miners.start()
        self.pool.miners.wait_for_answers(0)

        def at(names) -> list[str]:
            return [self.pool.address(f"{name}-grpc") for name in names]

        own = {table: {"listen": f"127.0.0.1:{free_port()}"}
               for table in ("api", "console", "miner_page")}
        own["api"]["insecure_loopback"] = True
        self.admin = self.enterContext(Service(BINARIES / "adit-admin", self.folder, {
            "fleet": {"gateways": at(GATEWAYS), "channel_managers": at(WORKERS),
                      "templates": at(TEMPLATES), "vardiffs": at(["vardiff"]), "translators": []},
            "redis": self.pool.store.table(), **own}))
        self.admin.start_and_wait()

    def rows(self, what: str) -> list[dict]:
        status, text = self.admin.get(f"/{what}")
        self.assertEqual(status, 200, text)
        return json.loads(text)[what]

    def redis_at(self) -> list[str]:
        """The addresses of those that are ready."""
        return sorted(row["address"] for row in self.rows("services")
                      if row["kind"] == "redis" and row["state"] == "STATE_READY")

    def redis_problems(self) -> list[dict]:
        return [row for row in self.rows("problems") if row["kind"].startswith("redis")]

    def wait_for_primaries(self, primaries) -> None:
        """Waits until exactly those that are primaries are seen, which may be others by and by: a
        busy machine holds one up for longer than its successors wait."""
        def seen_and_wanted() -> tuple[list[str], list[str]]:
            return self.redis_at(), sorted(map(self.pool.address, primaries()))

        try:
            wait_until(lambda: len(set(map(tuple, seen_and_wanted()))) == 1, "the primaries")
        except AssertionError as late:
            raise AssertionError(f"{late}; seen and wanted: {seen_and_wanted()}, "
                                 f"of {self.rows('services')}") from None

    def wait_until_nothing_is_wrong(self) -> None:
        wait_until(lambda: not self.redis_problems(),
                   f"no problem to be left of {self.redis_problems()}")

    def kill(self, name: str, heirs) -> None:
        """Kills a primary, sees it named, and starts it again when `heirs` says that it has one."""
        address = self.pool.address(name)
        self.pool.child(name).send(signal.SIGKILL)
        wait_until(lambda: any(row["kind"] == "redis-not-answering" and address in row["text"]
                               for row in self.redis_problems()), f"{address} to be named")
        self.pool.wait_until(heirs, "another primary")
        start_again(self.pool, name)
        self.pool.wait_until(self.pool.is_whole, f"{name} to be back")

    def aditctl(self, *words: str, flags: list[str]) -> str:
        done = subprocess.run([BINARIES / "aditctl", "direct", *words, *flags], text=True,
                              capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return done.stdout

    def use_the_tools(self, flags: list[str]) -> None:
        def credited() -> bool:
            return any(line.startswith("total accepted=") and "accepted=0 " not in line
                       for line in self.aditctl("shares", flags=flags).splitlines())

        wait_until(credited, "shares to be summed up")
        channels = self.aditctl("shares", "--channels", flags=flags).splitlines()
        self.assertEqual(len([line for line in channels if " chaos." in line]), 12, channels)
        self.assertIn("no readers", self.aditctl("log", "readers", flags=flags))
        self.aditctl("log", "register", "exporter", flags=flags)
        printed = self.aditctl("log", "print", "--reader", "exporter", flags=flags)
        self.assertTrue(json.loads(printed.splitlines()[0])["user_identity"].startswith("chaos."))
        self.aditctl("log", "unregister", "exporter", flags=flags)
        self.aditctl("blocks", flags=flags)
        self.aditctl("ban", "add", "--address", "192.0.2.7", flags=flags)
        self.assertIn("192.0.2.7", self.aditctl("ban", "list", flags=flags))
        self.aditctl("ban", "remove", "--address", "192.0.2.7", flags=flags)

    def end(self) -> None:
        self.pool.miners.wait_for_answers(0)
        self.assertEqual(self.admin.stop(), 0, self.admin.text()[-2000:])
        self.pool.check_living()
        self.pool.miners.stop()
        is_clean, said = self.pool.audit()
        print(said.strip(), flush=True)
        self.assertTrue(is_clean, said)
        self.pool.stop()
        shutil.rmtree(self.folder)


class Sentinels(RedisKinds):
    def primaries(self) -> list[str]:
        return [self.pool.store.primary()]

    def wait_until_ready(self) -> None:
        self.wait_for_primaries(self.primaries)
        wait_until(lambda: sum(row["kind"] == "sentinel" and row["state"] == "STATE_READY"
                               for row in self.rows("services")) == len(SENTINELS),
                   "the Sentinels to be seen")
        self.wait_until_nothing_is_wrong()

    def test_operators_see_the_primary_and_its_successor(self):
        self.start(RedisGroup)
        store = self.pool.store
        self.wait_until_ready()
        flags = [word for node in store.table()["sentinels"] for word in ("--sentinel", node)]
        self.use_the_tools([*flags, "--master", store.table()["master"]])
        primary = store.primary()
        self.kill(primary, lambda: store.primary() != primary)
        self.wait_for_primaries(self.primaries)
        self.wait_until_nothing_is_wrong()
        self.end()

    def hand_over(self) -> None:
        """As docs/operations.md has it: nothing is acknowledged that the next one does not have."""
        store = self.pool.store
        primary = store.primary()

        def is_passed_on() -> bool:
            """ROLE says: master, its offset, then address, port and offset of each replica."""
            said = store.ask(primary, "role")
            return len(said) == 8 and said[1] == said[4] == said[7]

        self.assertEqual(store.ask(primary, "client", "pause", "60000", "write"), ["OK"])
        self.pool.wait_until(is_passed_on, "the replicas to have all of it")
        self.pool.wait_until(lambda: store.ask(SENTINELS[0], "sentinel", "failover", MASTER)
                             == ["OK"], "a failover to begin")
        # Without a replica it acknowledges nothing, and can be let go: it would stay a primary for
        # the whole minute otherwise, since it hears no Sentinel behind what waits.
        self.pool.wait_until(lambda: store.primary() != primary
                             and len(store.ask(primary, "role")) < 5, "another primary")
        store.ask(primary, "client", "unpause")
        self.pool.wait_until(self.pool.is_whole, f"{primary} to follow")

    def test_a_primary_that_hands_over_is_none_any_more(self):
        self.start(RedisGroup)
        self.wait_until_ready()
        # It answers as before, perhaps just when another one is named in its place.
        for _ in range(4):
            self.hand_over()
            self.wait_for_primaries(self.primaries)
        self.wait_until_nothing_is_wrong()
        self.assertEqual(len(self.rows("services")), OTHERS + 1 + len(SENTINELS))
        self.end()


class Cluster(RedisKinds):
    def test_operators_see_every_primary_and_each_successor(self):
        self.start(RedisCluster)
        store = self.pool.store
        before = store.primaries()
        self.assertEqual(len(before), PRIMARIES)
        self.wait_for_primaries(store.primaries)
        self.assertEqual(len(self.rows("services")), OTHERS + PRIMARIES)
        self.wait_until_nothing_is_wrong()
        # Any node knows the others.
        self.use_the_tools(["--cluster", self.pool.address(NODES[-1])])
        victim = store.primary_of(store.slot_of("{p0}"))
        living = [name for name in NODES if name != victim]
        self.kill(victim, lambda: len([name for name in living if "role:master" in
                                       store.ask(name, "info", "replication")]) == PRIMARIES)
        after = store.primaries()
        self.assertNotEqual(before, after)
        self.wait_for_primaries(store.primaries)
        self.wait_until_nothing_is_wrong()
        self.end()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
