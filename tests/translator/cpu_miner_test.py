#!/usr/bin/env python3
"""adit-miner's SV1 mode through a translator into a whole pool on a development chain: shares are
accepted and credited, blocks are found and credited.

Usage: cpu_miner_test.py FOLDER_OF_PROGRAMS
"""

import json
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder)
                for folder in ("support", "integration")]

import journal
from dev_up import DevUp
from processes import PATIENCE, Service, free_port, wait_until

BINARIES = Path(sys.argv[1]).resolve()
MINERS = ("alice.rig1", "alice.rig2", "bob.rig1")
SHARES = 40
# The embedded chain aims at a block every five seconds, but the CPU that finds them is shared.
BLOCK_PATIENCE_S = 240.0
STALE = 21


class CpuMiners(unittest.TestCase):
    def setUp(self):
        self.up = self.enterContext(DevUp(BINARIES, "--no-miners", "--shares-per-minute", "200"))
        self.up.wait_until_up()
        self.up.aditctl("log", "register", "test")

    def translator(self, name: str, identity: str, config: dict) -> str:
        """Its URL, with the pool behind it."""
        pool = next(word for word in self.up.text().split() if word.startswith("stratum2+tcp://"))
        address = f"127.0.0.1:{free_port()}"
        folder = self.up.folder / name
        folder.mkdir()
        self.service = self.enterContext(Service(BINARIES / "adit-translator", folder, {
            **config, "listen": {"address": address},
            "pools": [{"url": pool, "user_identity": identity}]}))
        self.service.start_and_wait()
        return f"stratum+tcp://{address}"

    def mine(self, name: str, url: str, *options: str) -> list[Path]:
        """Each miner's journal, complete: it ends when its shares are answered."""
        paths = [self.up.folder / f"miner-{name}-{user}.journal" for user in MINERS]
        miners = [subprocess.Popen(
            ["nice", "-n", "10", str(BINARIES / "adit-miner"), "--url", url, "--user", user,
             "--threads", "1", "--journal", str(path), *options], stdout=subprocess.DEVNULL)
            for user, path in zip(MINERS, paths)]
        for miner in miners:
            self.addCleanup(miner.wait)
            self.addCleanup(miner.kill)
        for miner in miners:
            self.assertEqual(miner.wait(PATIENCE + BLOCK_PATIENCE_S), 0)
        return paths

    def records(self) -> list[dict]:
        return [json.loads(line) for line in
                self.up.aditctl("log", "print", "--reader", "test").splitlines()]

    def check_answers(self, paths: list[Path]) -> set[str]:
        """The hashes of all accepted shares."""
        hashes = []
        for path in paths:
            refused = journal.refusals(path)
            self.assertEqual([code for code, _ in refused if code != STALE], [], refused)
            accepted = journal.accepted_hashes(path)
            self.assertEqual(len(accepted) + len(refused), SHARES, "every share is answered")
            self.assertGreater(len(accepted), SHARES / 2, refused)
            hashes += accepted
        self.assertEqual(len(hashes), len(set(hashes)))
        return set(hashes)

    def test_each_miner_has_a_channel_of_its_own_and_is_credited_by_its_name(self):
        # In extranonce1 the channel is open before the miner has said who it is.
        for layout, identity, users in [("coinbase1", "{user}", set(MINERS)),
                                        ("extranonce1", "farm", {"farm"})]:
            with self.subTest(layout):
                url = self.translator(layout, identity, {"extranonce": {"prefix_in": layout}})
                known = {record["hash"] for record in self.records()}
                accepted = self.check_answers(self.mine(layout, url, "--shares", str(SHARES)))
                credited = [record for record in self.records()
                            if record["verdict"] == "accepted" and record["hash"] not in known]
                print(f"{layout}: {len(accepted)} shares accepted, {len(credited)} credited, "
                      f"{sum(record['solves_block'] for record in credited)} blocks", flush=True)
                self.assertEqual({record["hash"] for record in credited}, accepted)
                self.assertEqual({record["user_identity"] for record in credited}, users)
                if layout == "extranonce1":
                    self.assertEqual({record["worker"] for record in credited}, set(MINERS))
        self.end()

    def test_all_share_one_channel_and_each_share_names_its_worker(self):
        url = self.translator("aggregated", "farm", {"mode": "aggregated", "vardiff": {
            "shares_per_minute": 200, "easiest_difficulty": 0.00001, "start_hash_rate": 1e6}})
        accepted = self.check_answers(self.mine("aggregated", url, "--shares", str(SHARES)))
        credited = [record for record in self.records() if record["verdict"] == "accepted"]
        print(f"aggregated: {len(accepted)} shares accepted, {len(credited)} credited", flush=True)
        self.assertGreater(len(credited), 0)
        # The pool is given those that meet the channel's target; the others are answered here.
        self.assertLessEqual({record["hash"] for record in credited}, accepted)
        self.assertEqual({record["user_identity"] for record in credited}, {"farm"})
        self.assertLessEqual({record["worker"] for record in credited}, set(MINERS))
        self.end()

    def test_a_block_is_found_and_credited(self):
        url = self.translator("blocks", "{user}", {})
        miner = subprocess.Popen(
            ["nice", "-n", "10", str(BINARIES / "adit-miner"), "--url", url, "--user",
             "carol.rig", "--journal", str(self.up.folder / "miner-blocks.journal")],
            stdout=subprocess.DEVNULL)
        self.addCleanup(miner.wait)
        self.addCleanup(miner.kill)
        wait_until(lambda: self.up.blocks("accepted") > 0, "a block", BLOCK_PATIENCE_S)
        miner.terminate()
        self.assertEqual(miner.wait(PATIENCE), 0)
        blocks = [json.loads(line) for line in
                  self.up.aditctl("blocks", "--output", "json").splitlines()]
        print(f"{len(blocks)} blocks, each its finder's", flush=True)
        hashes = set(journal.accepted_hashes(self.up.folder / "miner-blocks.journal"))
        for block in blocks:
            self.assertEqual(block["user"], "carol.rig")
            self.assertIn(block["hash"], hashes)
        self.end()

    def end(self) -> None:
        self.up.interrupt()
        self.assertEqual(self.up.wait(), 0, self.up.text())
        status, said = self.up.audit()
        self.assertEqual(status, 0, said)
        self.up.discard()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
