#!/usr/bin/env python3
"""minerd (pooler/cpuminer), an SV1 miner that is not ours, through a translator into a whole pool.

Usage: minerd_test.py FOLDER_OF_PROGRAMS

The program is the one that ADIT_MINERD names, or minerd on the PATH.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder)
                for folder in ("support", "integration")]

from dev_up import DevUp
from processes import Process, Service, free_port, wait_until

BINARIES = Path(sys.argv[1]).resolve()
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
SHARES = 30
PATIENCE_S = 240.0
# "accepted: 3/4 (75.00%), 1234 khash/s (booooo)"
ANSWER = re.compile(r"accepted: (\d+)/(\d+) ")
# What it says of a connection, a line or a job that is not as it should be.
TROUBLE = re.compile(r".*(?:JSON|failed|timed out|invalid|Invalid|interrupted|error).*")


def find() -> Path | None:
    if named := os.environ.get("ADIT_MINERD"):
        program = Path(named).resolve()
        if not os.access(program, os.X_OK):
            raise AssertionError(f"ADIT_MINERD={named} is no program")
        return program
    found = shutil.which("minerd")
    return Path(found) if found else None


class Minerd(unittest.TestCase):
    def setUp(self):
        self.up = self.enterContext(DevUp(BINARIES, "--no-miners", "--shares-per-minute", "100"))
        self.up.wait_until_up()
        self.up.aditctl("log", "register", "test")

    def translator(self, name: str, config: dict) -> str:
        """Its address, with the pool behind it."""
        pool = next(word for word in self.up.text().split() if word.startswith("stratum2+tcp://"))
        address = f"127.0.0.1:{free_port()}"
        folder = self.up.folder / name
        folder.mkdir()
        self.service = self.enterContext(Service(BINARIES / "adit-translator", folder, {
            **config, "listen": {"address": address},
            # What minerd has, which says nothing of it.
            "miners": {"nominal_hash_rate": 5e6, **config.get("miners", {})},
            "pools": [{"url": pool, **config.get("pools", {})}]}))
        self.service.start_and_wait()
        return address

    def mine(self, name: str, address: str) -> tuple[int, int]:
        """How many shares were accepted, of how many."""
        miner = self.enterContext(Process(
            ["nice", "-n", "10", str(PROGRAM), "-a", "sha256d", "-o", f"stratum+tcp://{address}",
             "-u", "dave.minerd", "-p", "x", "-t", "1", "-R", "1"],
            self.up.folder / f"minerd-{name}.log"))
        miner.start()

        def answers() -> tuple[int, int]:
            found = ANSWER.findall(miner.text())
            return tuple(map(int, found[-1])) if found else (0, 0)

        wait_until(lambda: not miner.is_running() or answers()[1] >= SHARES,
                   f"{SHARES} answers to minerd:\n{miner.text()}", PATIENCE_S)
        self.assertTrue(miner.is_running(), miner.text())
        miner.stop()
        self.assertEqual(TROUBLE.findall(miner.text()), [])
        self.assertIn("Stratum", miner.text())
        return answers()

    def credited(self) -> list[dict]:
        lines = self.up.aditctl("log", "print", "--reader", "test").splitlines()
        return [record for record in map(json.loads, lines) if record["verdict"] == "accepted"]

    def check(self, name: str, config: dict, identity: str) -> None:
        before = len(self.credited())
        accepted, submitted = self.mine(name, self.translator(name, config))
        credited = self.credited()[before:]
        print(f"{name}: minerd had {accepted} of {submitted} shares accepted, the pool credited "
              f"{len(credited)}, {sum(record['solves_block'] for record in credited)} blocks",
              flush=True)
        # A few are late at a new block, which the development chain has every few seconds.
        self.assertGreaterEqual(accepted, submitted * 0.8)
        self.assertGreater(len(credited), 0)
        self.assertEqual({record["user_identity"] for record in credited}, {identity})

    def test_mines_through_a_channel_of_its_own(self):
        for layout in ("coinbase1", "extranonce1"):
            with self.subTest(layout):
                self.check(layout, {"extranonce": {"prefix_in": layout},
                                    "pools": {"user_identity": "{user}" if layout == "coinbase1"
                                              else "farm"}},
                           "dave.minerd" if layout == "coinbase1" else "farm")
        self.end()

    def test_mines_through_a_channel_that_many_share(self):
        self.check("aggregated", {"mode": "aggregated", "vardiff": {
            "shares_per_minute": 100, "easiest_difficulty": 0.00001, "start_hash_rate": 5e6},
                                  "pools": {"user_identity": "farm"}}, "farm")
        self.end()

    def end(self) -> None:
        self.up.interrupt()
        self.assertEqual(self.up.wait(), 0, self.up.text())
        self.up.discard()


if __name__ == "__main__":
    PROGRAM = find()
    if PROGRAM is None:
        print("skipped: no minerd")
        sys.exit(SKIPPED)
    version = subprocess.run([str(PROGRAM), "--version"], capture_output=True, text=True,
                             check=False).stdout.splitlines()[0]
    print(version, flush=True)
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
