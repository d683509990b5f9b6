"""./dev bench pool: what a run measures, one thing after the other; each repetition begins with a new
pool."""

import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import bench_pool_events as events
import bench_pool_load as load
import bench_pool_report as report
import bench_ratios
import cmake
from bench_machine import Machine
from bench_redis import Redis
from console import Failure, say
from small_pool import SmallPool

FOLDER = cmake.ROOT / "var" / "bench-pool"
# Blocks come so often while shares do as many as there are. Elsewhere as rarely as a few seconds of
# measurement bear: the jobs of one take a gateway some milliseconds, in which no share is answered.
FREQUENT_BLOCKS, RARE_BLOCKS = "10s", "2m"


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    name: str
    repeats: int           # each in a pool of its own
    seconds: float         # of each measurement
    cases: list
    ack_repeats: int
    curve: tuple           # parts of the rate at which each share has its own segment
    channels_repeats: int
    reconnects: int
    storm_s: float
    blocks: int
    blocks_10000: int
    transactions: int
    sv1_miners: int
    sv1_blocks: int
    probe_connections: int
    has_redis: bool
    has_asleep: bool       # acknowledgements also where idle cores halt


LONG = Plan("long", 3, 4.0, load.CLOSED, 3, (0.1, 0.25, 0.5, 0.75), 2, 3, 5, 30, 15, 2000, 10_000, 8,
            5000, True, True)
QUICK = Plan("quick", 1, 3.0, load.QUICK_CLOSED, 1, (0.5,), 1, 1, 2, 6, 3, 200, 1000, 3, 1000,
             False, False)


class Run:
    """One run; `results` is all that it found, and can be written as JSON."""

    def __init__(self, plan: Plan, binaries: Path, surroundings: Machine):
        self._plan = plan
        self._machine = surroundings
        self._binaries = binaries
        self._number = 0
        self.results: dict = {"form": plan.name, "failed": {}, "closed": {}, "rewrites": [],
                              "curve": [], "took_s": {}}
        self._yardstick = bench_ratios.Yardstick(binaries / bench_ratios.PROGRAM)
        # All that was measured of what is repeated; results have the medians.
        self._closed_runs: dict[str, list[load.Found]] = {}
        self._ack_runs: dict[bool, list[load.Found]] = {}  # by whether idle cores halt
        self._storms: list[events.Handshakes] = []
        self._translators: list[events.Translator] = []

    def measure(self) -> dict:
        self.results.update(report.circumstances(FOLDER))
        self.results.update(has=self._machine.has, lacks=self._machine.lacks)
        self._take((("shares", lambda: self._closed((load.THOUSAND, *self._plan.cases))),
                    ("acknowledgements", self._acknowledgements),
                    ("channels", self._many_channels),
                    ("at once", lambda: self._with_pool("at once", self._at_once)),
                    ("blocks", self._nodes), ("memory", self._memory)))
        return self.results

    def again(self, keys: set[str]) -> None:
        """Once more what these budgets and ratios are of; each figure is the median of all then. What
        a connection takes of memory is no matter of chance, and stays."""
        def wants(*beginnings: str) -> bool:
            return any(key.startswith(beginnings) for key in keys)

        cases = [case for case in self._plan.cases
                 if wants(f"rate_{case.key}", f"cpu_{case.key}")]
        if wants("channels_rate"):
            cases.append(load.THOUSAND)
        self._take((what, step) for what, is_wanted, step in (
            ("shares", cases, lambda: self._closed(cases)),
            ("acknowledgements", wants("ack_"), lambda: self._with_pool(
                "acknowledgements", self._acknowledge, foreign_blocks=RARE_BLOCKS)),
            ("channels", wants("channels_"), self._many_channels),
            ("at once", wants("reconnect", "handshake_"),
             lambda: self._with_pool("at once", self._at_once)),
            ("blocks", wants("block_"), self._nodes)) if is_wanted)

    def _take(self, steps) -> None:
        for what, step in steps:
            began = time.monotonic()
            self._time_hashes()
            step()
            self.results["took_s"][what] = (self.results["took_s"].get(what, 0)
                                            + time.monotonic() - began)
        self._time_hashes()
        self.results["hash_ns"] = self._yardstick.nanoseconds

    def _many_channels(self) -> None:
        for _ in range(self._plan.channels_repeats):
            self._with_pool("channels", self._channels)

    def _memory(self) -> None:
        self._attempt("idle SV2 connections", self._idle)
        if self._plan.has_redis:
            self._attempt("Redis' memory", self._redis)

    def _attempt(self, what: str, step) -> bool:
        """Notes what did not work, and the others are measured all the same."""
        try:
            step()
            return True
        except (Failure, AssertionError, OSError, ValueError, KeyError,
                subprocess.SubprocessError) as error:
            reason = str(error) or type(error).__name__
            self.results["failed"][what] = reason[:500]
            say(f"{what}: FAILED: {reason[:500]}")
            return False

    def _with_pool(self, what: str, step, **options) -> None:
        def run() -> None:
            self._number += 1
            folder = FOLDER / f"pool-{self._number}"
            folder.mkdir()
            with SmallPool(self._binaries, folder, **{"foreign_blocks": FREQUENT_BLOCKS, **options}) as pool:
                step(pool)
            shutil.rmtree(folder)
        self._attempt(what, run)

    def _time_hashes(self) -> None:
        self._attempt("the hashing loop", self._yardstick.time)

    def _closed(self, cases) -> None:
        def measure(pool: SmallPool, case: load.Closed) -> None:
            rewrite = Redis(pool.redis).rewrite_if_worth_it()
            if rewrite:
                self.results["rewrites"].append(vars(rewrite))
            found = load.closed(self._binaries, pool, case, self._plan.seconds)
            self._closed_runs.setdefault(case.key, []).append(found)
            say(report.load_line(case.what, found))

        def one(pool: SmallPool) -> None:
            for case in cases:
                self._attempt(case.what, lambda case=case: measure(pool, case))
        say(report.load_head())
        for _ in range(self._plan.repeats):
            self._with_pool("shares as fast as answers", one)
        for case in cases:
            runs = self._closed_runs.get(case.key)
            if not runs:
                continue
            found = median_found(runs)
            self.results["closed"][case.key] = load.to_json(found)
            if len(runs) > 1:
                say(report.load_line(f"median: {case.what}", found))

    def _acknowledgements(self) -> None:
        closed = self.results["closed"]
        apart = closed.get("apart", closed.get("apart_1000", {})).get("rate_s", 20_000)

        def curve(pool: SmallPool) -> None:
            for part in self._plan.curve:
                rate = round(apart * part, -2)
                what = f"{100 * part:.0f} % of that, {rate:,.0f}/s"
                self._attempt(what, lambda rate=rate, what=what, part=part: self._note_opened(
                    rate, what, load.opened(self._binaries, pool, rate, "extended",
                                            self._plan.seconds), part))

        def all_of_them(pool: SmallPool) -> None:
            self._acknowledge(pool)
            if self._machine.is_awake and self._plan.has_asleep:
                with self._machine.asleep():
                    self._acknowledge(pool, halts=True)
            curve(pool)
        self._with_pool("acknowledgements", all_of_them, foreign_blocks=RARE_BLOCKS)

    def _acknowledge(self, pool: SmallPool, halts: bool = False) -> None:
        runs = self._ack_runs.setdefault(halts, [])

        def step() -> None:
            runs.extend(load.opened(self._binaries, pool, 2000, "mixed", self._plan.seconds + 2)
                        for _ in range(self._plan.ack_repeats))
            self._note_opened(2000, f"2,000 shares/s{', idle cores halt' if halts else ''}",
                              median_found(runs), halts=halts)
        self._attempt("acknowledgements at 2,000 shares/s", step)

    def _note_opened(self, rate: float, what: str, found: load.Found, part: float = 0,
                     halts: bool = False) -> None:
        place = {"rate": rate, "part": part, "halts": halts}
        self.results["curve"] = [each for each in self.results["curve"]
                                 if not place.items() <= each.items()]
        self.results["curve"].append({**place, **load.to_json(found)})
        say(report.load_line(what, found))

    def _channels(self, pool: SmallPool) -> None:
        found = load.channels(self._binaries, pool, self._plan.seconds)
        self.results.setdefault("channels", []).append(load.to_json(found))
        say(f"100,000 channels open, 1,000 mine: {found.rate_s:,.0f} shares/s; 90,000 opened in "
            f"{found.opened_s:.1f} s; bytes each: "
            + ", ".join(f"{name} {found.bytes_few[name]:.0f} of the first 9,000, "
                        f"{found.bytes_many[name]:.0f} of 90,000 more" for name in found.bytes_few))

    def _at_once(self, pool: SmallPool) -> None:
        self._attempt("handshakes", lambda: self._handshakes(pool))
        for _ in range(self._plan.reconnects):
            self._attempt("reconnections", lambda: self._reconnect(pool))

    def _handshakes(self, pool: SmallPool) -> None:
        found = events.handshakes(self._binaries, pool, self._plan.storm_s)
        self._storms.append(found)
        self.results["handshakes"] = {key: statistics.median(vars(storm)[key] for storm in
                                                             self._storms) for key in vars(found)}
        say(f"handshakes: {found.rate_s:,.0f}/s with the miners' ends on the same cores, "
            f"{found.gateway_us:.0f} µs of the gateway's CPU each")

    def _reconnect(self, pool: SmallPool) -> None:
        found = events.reconnect(self._binaries, pool)
        self.results.setdefault("reconnect", []).append(vars(found))
        say(f"gateway killed under {events.RECONNECTING:,} connections: another is ready after "
            f"{found.ready:.1f} s, all have a job after {found.all_work:.1f} s, all a share "
            f"accepted after {found.all_mine:.1f} s")

    def _nodes(self) -> None:
        def run() -> None:
            folder = FOLDER / "node"
            folder.mkdir()
            with events.node(self._binaries, folder, self._plan.transactions) as at:
                self.results["node"] = at.what()
                say(f"new blocks of {at.what()}")
                self._with_pool("new blocks", lambda pool: self._new_blocks(pool, at),
                                nodes=[at.table()])
            shutil.rmtree(folder)
        self._attempt("the node", run)

    def _new_blocks(self, pool: SmallPool, at) -> None:
        for connections, blocks in ((1000, self._plan.blocks), (10_000, self._plan.blocks_10000)):
            self._attempt(f"new blocks at {connections:,} connections",
                          lambda count=connections, blocks=blocks: self._blocks(pool, at, count,
                                                                                blocks))
        self._attempt("SV1 miners on a translator", lambda: self._translator(pool, at))

    def _blocks(self, pool: SmallPool, at, connections: int, blocks: int) -> None:
        found = events.new_blocks(self._binaries, pool, at, connections, blocks)
        kept = self.results.setdefault("blocks", {}).setdefault(str(connections), {})
        for name, times in found.items():
            kept.setdefault(name, []).extend(times)
        say(f"ms from the announcement, {connections:,} connections, {blocks} blocks: "
            + ", ".join(f"{name} {events.median(found[key]):.1f} (p99 "
                        f"{events.quantile(found[key], 0.99):.1f})"
                        for name, key in (("first job", "first"), ("last job", "last"),
                                          ("last with transactions", "full"))))

    def _translator(self, pool: SmallPool, at) -> None:
        found = events.translator(self._binaries, pool, at, self._plan.sv1_miners,
                                  self._plan.sv1_blocks)
        self._translators.append(found)
        self.results["sv1"] = {
            "miners": self._plan.sv1_miners,
            "memory": statistics.median(each.memory for each in self._translators),
            "last_ms": [time for each in self._translators for time in each.last_ms],
            "ready_s": statistics.median(each.ready_s for each in self._translators)}
        say(f"{self._plan.sv1_miners:,} SV1 miners on a translator: {found.memory:,.0f} bytes each, "
            f"{events.median(found.last_ms):.1f} ms from a new job to the last, all there after "
            f"{found.ready_s:.1f} s")

    def _idle(self) -> None:
        self.results["idle_sv2"] = events.idle_connection(self._binaries,
                                                          self._plan.probe_connections)
        say(f"an idle SV2 connection with a channel: {self.results['idle_sv2']:,.0f} bytes")

    def _redis(self) -> None:
        self.results["redis"] = events.redis_memory(self._binaries)
        say(f"Redis, 100,000 channels, one block interval: {self.results['redis']:.0f} MB")


def median_found(runs: list[load.Found]) -> load.Found:
    """Each figure is the median of its own."""
    def of(value) -> float:
        return statistics.median(value(run) for run in runs)
    return load.Found(of(lambda run: run.rate_s),
                      {name: of(lambda run, name=name: run.cpu_us[name])
                       for name in runs[0].cpu_us},
                      [of(lambda run, i=i: run.ack_ms[i]) for i in range(3)],
                      of(lambda run: run.stale), of(lambda run: run.segments),
                      of(lambda run: run.late_ms))
