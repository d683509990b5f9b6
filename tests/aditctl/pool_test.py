#!/usr/bin/env python3
"""aditctl on a running pool with its real admin service. Usage: pool_test.py FOLDER_OF_PROGRAMS"""

import json
import signal
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "aditctl"), str(TESTS / "integration"), str(TESTS / "support")]

import fake
from dev_up import DevUp
from processes import wait_until

BINARIES = Path(sys.argv[1]).resolve()
ADMIN_API = 30


class OnAPool(unittest.TestCase):
    def setUp(self):
        self.up = self.enterContext(DevUp(BINARIES))
        self.up.wait_until_up()
        self.rows("services", wanted=8)

    def aditctl(self, *words: object) -> str:
        done = fake.run(str(BINARIES / "aditctl"), *words,
                        ADIT_ADMIN=f"127.0.0.1:{self.up.base + ADMIN_API}")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def rows(self, collection: str, *words: str, wanted: int = 1) -> list[dict]:
        """At least so many, as soon as there are."""
        return wait_until(lambda: next(
            (rows for rows in [json.loads(self.aditctl(collection, "list", "-o", "json", *words))]
             if len(rows) >= wanted), None), f"{wanted} {collection}")

    def test_shows_what_there_is_and_what_is_wrong(self):
        services = self.rows("services", "--filter", "state = READY", wanted=8)
        self.assertIn("redis", {row["kind"] for row in services})
        self.assertTrue(self.rows("templates", "--filter", "is_current"))
        for node in self.rows("nodes", wanted=2):
            self.assertEqual(node["verdict"], "VERDICT_USABLE")
        self.assertEqual(
            json.loads(self.aditctl("policy", "get", "-o", "json"))["common"]["shares_per_minute"],
            60)
        name = next(row["name"] for row in services if row["kind"] == "vardiff")
        self.assertIn("events of its loop", self.aditctl("dump", name))
        screen = self.aditctl("top")
        self.assertIn(name.removeprefix("services/"), screen)

        def frozen() -> bool:
            said = json.loads(self.aditctl("problems", "-o", "json", "--filter",
                                           "kind = \"not-answering\""))
            return any("channel-manager" in problem["service"] for problem in said)

        self.up.send("channel-manager-1", signal.SIGSTOP)
        wait_until(frozen, "the frozen channel-manager among the problems")
        self.assertRegex(self.aditctl("services", "list"), r"channel-manager\S+ +not_answering")
        self.up.send("channel-manager-1", signal.SIGCONT)
        wait_until(lambda: not frozen(), "the problem to be gone")
        self.up.discard()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
