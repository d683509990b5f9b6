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

    async def accepted(self, count: int) -> None:
        async with asyncio.timeout(60):
            while self.pool.accepted < count:
                await asyncio.sleep(0.02)

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

    async def test_a_closed_loop_is_as_fast_as_the_answers(self):
        async def shares_of_four_blocks():
            await self.accepted(400)
            async with asyncio.timeout(60):
                while self.pool.miners < MINERS:
                    await asyncio.sleep(0.02)
            for _ in range(3):
                self.pool.next_block(DIFFICULTY)
                # Of each miner several, and none can have more than four without an answer.
                await self.accepted(self.pool.accepted + 20 * MINERS)

        summary = await self.run_load(shares_of_four_blocks(), "--in-flight", "4")
        honest = summary["shares"]["honest"]
        self.assertEqual(self.pool.problems, [])
        self.assertEqual(honest["accepted"], self.pool.accepted)
        self.assertEqual(honest["waiting"] + honest["unknown"], 0)
        self.assertLessEqual(set(honest["rejected_by_code"]), {"21"})
        mean_s = MINERS * 4 * summary["seconds"] / honest["submitted"]
        self.assertLess(summary["answer_us"]["p50"] / 1e6, mean_s * 2)
        self.assertEqual(summary["answer_us"]["percentiles"][-1],
                         [100.0, summary["answer_us"]["max"], honest["submitted"]])
        self.assertEqual(summary["worked"]["miners"], MINERS)
        self.assertEqual(summary["new_block_to_job_us"]["count"], 3 * MINERS)
        self.assertEqual([block["miners"] for block in summary["new_blocks"]], [MINERS] * 3)
        self.assertTrue(all(block["first_us"] <= block["last_us"]
                            for block in summary["new_blocks"]))

    async def test_what_was_hashed_ahead_is_submitted_at_once(self):
        # Some 43,000 hashes a share: without shares found ahead there would be 20 a second.
        self.pool.next_block(DIFFICULTY * 100)
        summary = await self.run_load(self.accepted(10 * MINERS), "--in-flight", "2",
                                      "--hash-ahead", "10", "--hash-budget", "4M", "--keep-jobs")
        self.assertEqual(self.pool.problems, [])
        self.assertGreater(summary["hashes"], 10 * MINERS * 20_000)
        self.assertEqual(summary["shares"]["honest"]["rejected"], 0)

    async def test_bad_shares_of_each_kind_are_refused(self):
        self.pool.expects_bad = True
        summary = await self.run_load(self.blocks(5), "--share-rate", "400", "--bad", "all=0.5",
                                      "--bad", "wrong-worker=0.05", "--storm", "20",
                                      "--slow-readers", "2", "--spread-addresses")
        refused_as = {"duplicate": "22", "low_difficulty": "23", "stale_job": "21",
                      "bad_job_id": "21", "bad_version": "20", "bad_ntime": "20",
                      "wrong_worker": "24"}
        for intent, code in refused_as.items():
            with self.subTest(intent):
                counts = summary["shares"][intent]
                self.assertGreater(counts["submitted"], 20)
                self.assertEqual(counts["accepted"], 0)
                self.assertLessEqual(set(counts["rejected_by_code"]), {code, "21"})
                self.assertIn(code, counts["rejected_by_code"])
        self.assertEqual(summary["shares"]["honest"]["accepted"], self.pool.accepted)
        self.assertGreater(summary["storm_handshake_us"]["count"], 60)
        self.assertEqual(summary["hostile"]["slow-readers"]["connections"], 2)

    async def test_says_why_nobody_has_work(self):
        async def run(url: str) -> str:
            process = await asyncio.create_subprocess_exec(
                str(PROGRAM), "--url", url, "--miners", "2", "--ramp", "0ms", "--for", "1s",
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
            _, error = await process.communicate()
            self.assertEqual(process.returncode, 1)
            return error.decode()

        self.assertIn("connect: Connection refused; nothing takes connections at 127.0.0.1:1",
                      await run("stratum+tcp://127.0.0.1:1"))
        self.pool.knows_nobody = True
        self.assertIn("authorize was refused; the pool does not know the user loadgen.1",
                      await run(f"stratum+tcp://127.0.0.1:{self.pool.port}"))

    async def test_refuses_what_it_cannot_do(self):
        for options, said in ((["--url", "nowhere"], "stratum+tcp://HOST:PORT"),
                              (["--url", "stratum+tcp://127.0.0.1:1", "--hash-rate", "5:1"],
                               "want LOW:HIGH"),
                              (["--url", "stratum+tcp://127.0.0.1:1", "--channels", "mixed"],
                               "--channels is for a Stratum V2 pool"),
                              (["--url", "stratum+tcp://127.0.0.1:1", "--firmware", "abacus"],
                               "there are cgminer"),
                              (["--url", "stratum+tcp://127.0.0.1:1", "--hash-ahead", "5"],
                               "--hash-ahead goes with"),
                              (["--url", f"stratum2+tcp://127.0.0.1:1/{AUTHORITY}", "--bad",
                                "wrong-worker=0.1"], "is for a Stratum V1 pool"),
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
