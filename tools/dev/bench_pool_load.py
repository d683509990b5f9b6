"""./dev bench pool: shares through a whole pool, as many as there are and at a given rate."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench_load import Load, anonymous, check_answers, processor_s
from console import Failure
from small_pool import SmallPool

PROCESSES = ("gateway", "channel-manager", "redis", "template")
GENERATOR = "load generator"
# A second's worth of answers, and what the first burst left behind is done.
WARM_S = 1.0
# What a connection says before its first share: its part of the handshake, SetupConnection, and
# what opens its channels.
SETUP_SEGMENTS = 3
# What 9,000 channels must take each, so that it is told from the half megabyte by which a heap grows.
NOTICED_BYTES = 500
# So many of a connection do not count as asking in bulk (bus/event_allowance.h): that has its pace.
CHANNELS_EACH = 45
# Segments for each share, so that shares count as kept apart.
APART_MIN = 0.99


@dataclass(frozen=True)
class Closed:
    """Miners that submit as fast as answers come: `in_flight` of each connection are without."""

    key: str
    what: str
    kind: str
    connections: int
    channels_each: int
    in_flight: int
    is_apart: bool = False  # each share in a segment of its own

    @property
    def channels(self) -> int:
        return self.connections * self.channels_each


# 10,000 channels are those of 100 proxies, whose shares come many to a segment; or of 1,000, each
# share sent by itself and its answer by itself. What 10,000 devices cost is shown beside them: with
# two shares of each under way, the kernel's work for sockets that no cache holds is what there is.
CLOSED = [
    *(Closed(f"{kind}{suffix}", f"{kind}, {text}", kind, connections, each, in_flight)
      for kind in ("standard", "extended")
      for suffix, text, connections, each, in_flight in (
          ("_1", "1 channel", 1, 1, 4096), ("_100", "100 channels", 100, 1, 160),
          ("", "10,000 channels", 100, 100, 160))),
    Closed("apart_1000", "extended, 1,000 channels, one a segment", "extended", 1000, 1, 16, True),
    Closed("apart", "extended, 10,000 channels, one a segment", "extended", 1000, 10, 16, True),
    Closed("apart_10000", "extended, 10,000 connections, one a segment", "extended", 10_000, 1, 2,
           True),
]
QUICK_CLOSED = [case for case in CLOSED if case.key in ("standard", "extended", "apart")]
# The same load with 1,000 channels in all, and beside 99,000 more that are open.
THOUSAND = Closed("thousand", "extended, 1,000 of 1,000 channels mine", "extended", 1000, 1, 16)


@dataclass
class Found:
    """Of one load."""

    rate_s: float
    cpu_us: dict[str, float]  # for a share, by process
    ack_ms: list[float]       # p50, p99, p99.9
    stale: float
    segments: float           # of the miners, for a share
    late_ms: float            # p99 of the load generator's own lateness

    def pool_us(self) -> float:
        return sum(self.cpu_us[name] for name in PROCESSES)


def pids(pool: SmallPool) -> dict[str, int]:
    return {"gateway": pool.gateway.pid, "channel-manager": pool.worker.pid,
            "redis": pool.redis.pid, "template": pool.template.pid}


def _measure(pool: SmallPool, load: Load, what: str, seconds: float) -> Found:
    load.wait_until_all_work()
    first = load.wait_for(lambda status: status["accepted"] > 0, "a share to be accepted")
    before = load.wait_until_s(first["seconds"] + WARM_S)
    all_pids = {**pids(pool), GENERATOR: load.pid}
    used, began = {name: processor_s(pid) for name, pid in all_pids.items()}, time.monotonic()
    after = load.wait_until_s(before["seconds"] + seconds)
    cpu = {name: processor_s(pid) - used[name] for name, pid in all_pids.items()}
    took = time.monotonic() - began
    summary = load.end()
    check_answers(what, summary)
    answered = sum(after[key] - before[key] for key in ("accepted", "rejected"))
    if answered <= 0:
        raise Failure(f"{what}: no share was answered in {took:.0f} s")
    rate = answered / (after["seconds"] - before["seconds"])
    honest, times = summary["shares"]["honest"], summary["answer_us"]
    return Found(rate_s=(after["accepted"] - before["accepted"])
                 / (after["seconds"] - before["seconds"]),
                 cpu_us={name: value / took / rate * 1e6 for name, value in cpu.items()},
                 ack_ms=[times[name] / 1000 for name in ("p50", "p99", "p999")],
                 stale=honest["rejected"] / max(honest["submitted"], 1),
                 segments=segments(summary),
                 late_ms=summary["late_us"]["p99"] / 1000)


def segments(summary: dict) -> float:
    """Of the miners, for a share."""
    sent = summary["segments_sent"] - SETUP_SEGMENTS * summary["connections"]
    return max(sent, 0) / max(summary["shares"]["honest"]["submitted"], 1)


def ramp(connections: int) -> str:
    """Some 3,000 handshakes a second are what two cores have, both ends on them."""
    return f"{max(300, connections // 3)}ms"


def closed(binaries: Path, pool: SmallPool, case: Closed, seconds: float) -> Found:
    options = ("--channels", case.kind, "--channels-each", str(case.channels_each), "--in-flight",
               str(case.in_flight), "--spread-addresses", "--ramp", ramp(case.connections),
               "--begin-after", "300ms", *(["--shares-apart"] if case.is_apart else []))
    with Load(binaries, pool.folder, pool.url, case.connections, options) as load:
        load.start()
        found = _measure(pool, load, case.what, seconds)
    if case.is_apart and found.segments < APART_MIN:
        raise Failure(f"{case.what}: {found.segments:.2f} segments for each share: they were not "
                      "kept apart")
    return found


def opened(binaries: Path, pool: SmallPool, rate: float, kind: str, seconds: float,
           connections: int = 1000) -> Found:
    """Shares at a rate, whatever the answers: each by itself, at a moment of its own."""
    warm_up_s = 3
    options = ("--channels", kind, "--share-rate", f"{rate:.0f}", "--spread-addresses", "--ramp",
               ramp(connections), "--warm-up", f"{warm_up_s}s")
    with Load(binaries, pool.folder, pool.url, connections, options) as load:
        load.start()
        load.wait_until_s(warm_up_s)
        return _measure(pool, load, f"{rate:,.0f} shares/s", seconds)


@dataclass
class Channels:
    """100,000 open channels against few."""

    rate_s: float             # of the 1,000 that mine
    opened_s: float           # how long 90,000 of them took to open
    bytes_few: dict[str, float]   # each of the first 9,000, by process
    bytes_many: dict[str, float]  # each of 90,000 more

    def more(self, process: str) -> float:
        """Percent; below zero where many cost less each. A process that keeps next to nothing of a
        channel is not called worse for what its memory does meanwhile."""
        few = self.bytes_few[process]
        return 100 * (self.bytes_many[process] - few) / max(few, NOTICED_BYTES)


def channels(binaries: Path, pool: SmallPool, seconds: float) -> Channels:
    """In a pool that is new: what was freed before would be used again, unseen."""
    measured = {"gateway": pool.gateway.pid, "channel-manager": pool.worker.pid}

    def memory() -> dict[str, int]:
        time.sleep(1)  # what opening them left behind is freed
        return {name: anonymous(pid) for name, pid in measured.items()}

    def idle(name: str, connections: int) -> Load:
        return Load(binaries, pool.folder, pool.url, connections,
                    ("--channels", "extended", "--channels-each", str(CHANNELS_EACH),
                     "--in-flight", "1", "--begin-after", "24h", "--spread-addresses", "--ramp", ramp(connections)),
                    name)
    before = memory()
    with idle("few", 9000 // CHANNELS_EACH) as few, idle("many", 90_000 // CHANNELS_EACH) as many:
        few.start()
        few.wait_until_all_work()
        with_few = memory()
        began = time.monotonic()
        many.start()
        many.wait_until_all_work()
        took = time.monotonic() - began
        with_many = memory()
        found = closed(binaries, pool, THOUSAND, seconds)
        for load in (few, many):
            load.kill()
    return Channels(found.rate_s, took,
                    {name: (with_few[name] - before[name]) / 9000 for name in measured},
                    {name: (with_many[name] - with_few[name]) / 90_000 for name in measured})


def to_json(found) -> dict:
    return asdict(found)
