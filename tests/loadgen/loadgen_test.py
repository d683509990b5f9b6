#!/usr/bin/env python3
"""adit-loadgen against a small SV1 pool that hashes by itself.

usage: loadgen_test.py ADIT_LOADGEN
"""

import asyncio
import json
import resource
import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from sv1_pool import Sv1Pool

PROGRAM = Path()
# One in about 430 hashes.
DIFFICULTY = 1e-7
MINERS = 20
# Of nobody who listens.
AUTHORITY = "9cRkuPrn4MJzLYbfjnsm5pCj5orsUZETRjJUbVEJgVDkj6YUgJE"


def few_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000))


class LoadGenerator(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="adit-loadgen-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.pool = Sv1Pool(DIFFICULTY)
        await self.pool.start()
        self.addAsyncCleanup(self.pool.stop)

    async def run_load(self, script, *options: str) -> dict:
        """Runs the program beside `script`, a coroutine; returns its summary."""
        process = await asyncio.create_subprocess_exec(
            str(PROGRAM), "--url", f"stratum+tcp://127.0.0.1:{self.pool.port}", "--miners",
            str(MINERS), "--hash-rate", "1k:10k", "--ramp", "200ms", "--seed", "1",
            "--journal", str(self.folder / "journal"), "--summary", str(self.folder / "summary"),
            *options, stdout=asyncio.subprocess.PIPE)
        reading = asyncio.create_task(process.stdout.read())
        await script
        process.send_signal(signal.SIGTERM)
        self.assertEqual(await asyncio.wait_for(process.wait(), 60), 0)
        self.lines = [json.loads(line) for line in (await reading).splitlines()]
        return json.loads((self.folder / "summary").read_text())

    async def blocks(self, count: int) -> None:
        for i in range(count):
            await asyncio.sleep(1)
            self.pool.next_block(DIFFICULTY * (1 + i % 2))

    async def test_every_share_is_one_and_is_found_at_the_miners_rate(self):
        summary = await self.run_load(self.blocks(6), "--suggest", "60")
        honest = summary["shares"]["honest"]
        self.assertEqual(self.pool.problems, [])
        self.assertEqual(honest["accepted"], self.pool.accepted)
        self.assertEqual(honest["waiting"], 0)
        self.assertEqual(set(honest["rejected_by_code"]) - {"21"}, set())
        # Some 86 kH/s for six seconds at one in 430 and one in 860 hashes.
        self.assertGreater(honest["accepted"], 400)
        self.assertLess(honest["accepted"], 1200)
        self.assertEqual(len(self.pool.agents), 5)
        self.assertEqual(summary["new_block_us"]["count"], 6)
        self.assertEqual(summary["odd"], {})
        self.assertEqual(sum(len(miner["gaps"]) for miner in summary["miners"]), 0)
        self.assertTrue(all(miner["shares"]["accepted"] for miner in summary["miners"]))
        self.assertEqual(self.lines[-1]["working"], MINERS)
        journal = (self.folder / "journal").read_text().splitlines()
        self.assertEqual(sum('"event":"submit"' in line for line in journal), honest["submitted"])

    async def test_a_pool_that_is_silent_or_drops_its_miners_is_seen(self):
        async def misbehave():
            await asyncio.sleep(2)
            self.pool.is_mute = True
            await asyncio.sleep(2.5)
            self.pool.is_mute = False
            self.pool.drop_all()
            await asyncio.sleep(3)

        summary = await self.run_load(misbehave())
        gaps = [gap for miner in summary["miners"] for gap in miner["gaps"]]
        longest = max(gap["to_us"] - gap["from_us"] for gap in gaps) / 1e6
        self.assertEqual({gap["kind"] for gap in gaps}, {"work"}, "shares were never answered")
        self.assertGreaterEqual(len(gaps), MINERS // 2)
        self.assertTrue(2.5 < longest < 8, f"{longest} s")
        self.assertGreater(summary["shares"]["honest"]["unknown"], MINERS)
        self.assertEqual(summary["connections_lost"], MINERS)
        self.assertGreater(self.pool.sessions, 0, "some firmware asks for its session")

    async def test_all_kinds_at_once(self):
        summary = await self.run_load(
            self.blocks(5), "--joiners", "10", "--stay", "1s", "--duplicating", "5",
            "--wrong-workers", "5", "--never-reads", "1", "--half-lines", "2", "--floods", "1",
            "--silent", "3", "--spread-addresses")
        self.assertEqual(self.pool.problems, [])
        shares = summary["shares"]
        self.assertGreater(shares["duplicate"]["submitted"], 0)
        self.assertEqual(shares["duplicate"]["accepted"], 0)
        self.assertGreater(shares["wrong_worker"]["rejected_by_code"]["24"], 0)
        self.assertGreater(self.pool.duplicates, 0)
        hostile = summary["hostile"]
        self.assertEqual({kind: deeds["peers"] for kind, deeds in hostile.items()},
                         {"never-reads": 1, "half-lines": 2, "floods": 1, "silent": 3})
        self.assertGreater(hostile["floods"]["lines"], 3000)
        leavers = [miner for miner in summary["miners"] if not miner["steady"]]
        self.assertGreater(sum(miner["connections"] for miner in leavers), len(leavers))
        self.assertEqual([gap for miner in summary["miners"] for gap in miner["gaps"]], [])

    async def test_refuses_what_it_cannot_do(self):
        for options, said in ((["--url", "nowhere"], "stratum+tcp://HOST:PORT"),
                              (["--url", "stratum+tcp://127.0.0.1:1", "--hash-rate", "5:1"],
                               "want LOW:HIGH"),
                              (["--url", "stratum+tcp://127.0.0.1:1", "--in-flight", "2"],
                               "--in-flight is for a Stratum V2 pool"),
                              (["--url", f"stratum2+tcp://127.0.0.1:1/{AUTHORITY}", "--in-flight",
                                "2", "--share-rate", "5"], "give one of them"),
                              (["--url", f"stratum2+tcp://127.0.0.1:1/{AUTHORITY}", "--bad",
                                "odd=0.5"], "want KIND=PART"),
                              (["--url", "stratum+tcp://127.0.0.1:1", "--miners", "99999"],
                               "raise the limit")):
            process = await asyncio.create_subprocess_exec(
                str(PROGRAM), *options, stderr=asyncio.subprocess.PIPE, preexec_fn=few_descriptors)
            _, error = await process.communicate()
            self.assertEqual(process.returncode, 1)
            self.assertIn(said, error.decode())


if __name__ == "__main__":
    PROGRAM = Path(sys.argv.pop(1))
    unittest.main(verbosity=2)
