"""What ./dev bench peers measures of one pool: how soon miners come in, what they cost while they
are idle, when a new block reaches them, how many shares it takes, and how soon it answers."""

import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import cmake
from bench_load import LOADGEN, anonymous
from bench_peers_pools import Pool
from console import Failure

sys.path.append(str(cmake.ROOT / "tests" / "support"))
import bitcoin_core
from processes import Process
from zmq_announcements import Announcements

IN_FLIGHT = 16
# A share in a quarter of an hour, and where that takes hashes, not many.
IDLE = ("--share-rate", "0.001", "--hash-budget", "10k")
# Two hashes a share are enough for any rate.
SUBMIT = ("--hash-budget", "50M", "--ramp", "1s")
WORK_WITHIN_S = 120
# What connecting left behind is done by then.
SETTLE_S = 2.0
BLOCK_EVERY_S = 0.4
# Loads of half of what the slower one takes, but no more than a pool is asked for in practice.
RATE_MAX = 2000


@dataclass(frozen=True)
class Lengths:
    blocks: int
    warm_up_s: int
    seconds: float


FULL, QUICK = Lengths(30, 5, 15), Lengths(8, 3, 5)


@dataclass
class Found:
    """Of one pool at one number of connections: each figure of each run, and why some are missing."""

    figures: dict[str, list[float]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def add(self, **figures: float) -> None:
        for name, value in figures.items():
            self.figures.setdefault(name, []).append(value)

    def median(self, name: str) -> float | None:
        values = self.figures.get(name)
        return statistics.median(values) if values else None


def memory(pool: Pool) -> int:
    return sum(anonymous(pid) for pid in pool.pids())


class Load(Process):
    def __init__(self, binaries: Path, folder: Path, pool: Pool, miners: int, *options: str):
        self._pool, self._miners = pool, miners
        self._summary = folder / "load.json"
        super().__init__(
            [str(binaries / LOADGEN), "--url", pool.url, "--miners", str(miners), "--avoid-blocks",
             "--summary", str(self._summary), *pool.options, *options],
            folder / f"load-{time.monotonic_ns()}.log")
        self.start()

    def status(self) -> dict:
        if why := self._pool.why_ended():
            raise Failure(why)
        if not self.is_running():
            raise Failure(f"{LOADGEN} ended: {self.text()[-500:]}")
        lines = [line for line in self.text().split("\n")[:-1] if line.startswith("{")]
        return json.loads(lines[-1]) if lines else {}

    def wait_until_all_work(self) -> dict:
        deadline = time.monotonic() + WORK_WITHIN_S
        while (status := self.status()).get("working") != self._miners:
            if time.monotonic() > deadline:
                raise Failure(f"after {WORK_WITHIN_S} s {status.get('working', 0)} of "
                              f"{self._miners} miners work")
            time.sleep(0.05)
        return status

    def wait_until_s(self, seconds: float) -> dict:
        while (status := self.status()).get("seconds", 0.0) < seconds:
            time.sleep(0.02)
        return status

    def end(self) -> dict:
        if self.stop() != 0:
            raise Failure(f"{LOADGEN} failed: {self.text()[-500:]}")
        return json.loads(self._summary.read_text())


def run_idle(pool: Pool, node: bitcoin_core.Node, binaries: Path, folder: Path, miners: int,
             lengths: Lengths, found: Found) -> None:
    """All connect at once, find next to nothing, and hear of new blocks."""
    before = memory(pool)
    with Load(binaries, folder, pool, miners, "--ramp", "0ms", *IDLE) as load, \
            Announcements(node.zmq, pool.on_block) as announcements:
        load.wait_until_all_work()
        time.sleep(SETTLE_S)
        found.add(idle_kib=(memory(pool) - before) / miners / 1024)
        # A subscription takes a moment, and a pool's first new block its own.
        tips = [node.rpc("generateblock", bitcoin_core.NOBODY, [])["hash"]]
        for _ in range(lengths.blocks):
            time.sleep(BLOCK_EVERY_S)
            tips.append(node.rpc("generateblock", bitcoin_core.NOBODY, [])["hash"])
        time.sleep(1)
        summary = load.end()
    found.add(connects_s=miners / summary["worked"]["last_s"])
    heard = {block["prev_hash"]: block for block in summary["new_blocks"]}
    whole = [(announcements.at_us[tip], heard[tip]) for tip in tips[1:]
             if tip in announcements.at_us and heard.get(tip, {}).get("miners") == miners]
    if len(whole) < lengths.blocks // 2:
        found.missing.append(f"{len(whole)} of {lengths.blocks} new blocks reached every miner in "
                             "time")
        return
    found.add(first_ms=statistics.median((block["first_us"] - at) / 1000 for at, block in whole),
              last_ms=statistics.median((block["last_us"] - at) / 1000 for at, block in whole))


def run_closed(pool: Pool, binaries: Path, folder: Path, miners: int, lengths: Lengths,
               found: Found) -> None:
    """As fast as answers come."""
    with Load(binaries, folder, pool, miners, *SUBMIT, "--in-flight", str(IN_FLIGHT)) as load:
        load.wait_until_all_work()
        before = load.wait_until_s(load.status()["seconds"] + lengths.warm_up_s)
        after = load.wait_until_s(before["seconds"] + lengths.seconds)
        check(load.end())
    found.add(shares_s=(after["accepted"] - before["accepted"])
              / (after["seconds"] - before["seconds"]))


def run_open(pool: Pool, binaries: Path, folder: Path, miners: int, rate: float, lengths: Lengths,
             found: Found) -> None:
    """At a rate that does not wait for answers."""
    warm_up_s = lengths.warm_up_s + 1
    with Load(binaries, folder, pool, miners, *SUBMIT, "--share-rate", f"{rate:.0f}", "--warm-up",
              f"{warm_up_s}s") as load:
        load.wait_until_all_work()
        load.wait_until_s(warm_up_s + lengths.seconds)
        summary = load.end()
    check(summary)
    times = summary["answer_us"]
    found.add(ack_p50_ms=times["p50"] / 1000, ack_p99_ms=times["p99"] / 1000)


def check(summary: dict) -> None:
    """Shares that are refused, or have no answer, are no measure of anything."""
    honest = summary["shares"]["honest"]
    refused = honest.get("rejected_by_reason") or honest.get("rejected_by_code") or {}
    lost = honest["rejected"] + honest["unknown"] + honest["waiting"]
    if lost > honest["submitted"] / 100:
        raise Failure(f"of {honest['submitted']} shares {honest['rejected']} were refused "
                      f"({refused}), {honest['unknown'] + honest['waiting']} had no answer")
