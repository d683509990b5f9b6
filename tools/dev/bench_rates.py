"""./dev bench rates: what a whole pool does with so many shares a second, and what each of its
processes needs for them."""

import shutil
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import cmake
from bench_load import PRESET, Load, check_answers, machine, processor_s, resident
from bench_redis import Redis
from console import Failure, say
from small_pool import SmallPool

MINERS = 1000
# All have connected by then, and what that left behind is done.
WARM_UP_S = 5
COLUMNS = ("gateway", "channel-manager", "template", "redis", "replica", "load")


@dataclass(frozen=True)
class Case:
    what: str
    options: tuple[str, ...]
    share_rate: int = 0  # 0: as many as there are


OPEN = [Case(f"{rate:,}/s, mixed", ("--channels", "mixed", "--share-rate", str(rate)), rate)
        for rate in (100, 1000, 5000, 10_000)]
CLOSED = [Case(f"as fast as answers, {kind}", ("--channels", kind, "--in-flight", "16"))
          for kind in ("standard", "extended")]


@dataclass
class Figures:
    """Of one run, or the medians of several."""

    accepted_s: float
    stale: float
    ack_ms: tuple[float, float, float]
    cpu: dict[str, float] = field(default_factory=dict)      # of one core
    resident: dict[str, float] = field(default_factory=dict)  # bytes
    redis_bytes: float = 0.0  # of memory, each share
    log_bytes: float = 0.0    # of the share log, each share
    file_bytes: float = 0.0   # of the append-only file, each share


def run_case(binaries: Path, pool: SmallPool, case: Case, seconds: float) -> Figures:
    pids = {"gateway": pool.gateway.pid, "channel-manager": pool.worker.pid,
            "template": pool.template.pid, "redis": pool.redis.pid}
    if pool.replicas:
        pids["replica"] = pool.replicas[0].pid
    redis = Redis(pool.redis)
    redis.keep_file()
    with Load(binaries, pool.folder, pool.url, MINERS,
              ("--ramp", "2s", "--warm-up", f"{WARM_UP_S}s", *case.options)) as load:
        load.start()
        pids["load"] = load.pid
        # All work, and have done so for a moment.
        before = load.wait_until_s(max(WARM_UP_S, load.wait_until_all_work()["seconds"] + 1))
        used, sizes, began = {name: processor_s(pid) for name, pid in pids.items()}, redis.sizes(), \
            time.monotonic()
        after = load.wait_until_s(before["seconds"] + seconds)
        took = time.monotonic() - began
        cpu = {name: (processor_s(pid) - used[name]) / took for name, pid in pids.items()}
        memory = {name: float(resident(pid)) for name, pid in pids.items()}
        grown = {name: size - sizes[name] for name, size in redis.sizes().items()}
        summary = load.end()
    check_answers(case.what, summary)
    accepted = after["accepted"] - before["accepted"]
    honest, times = summary["shares"]["honest"], summary["answer_us"]
    each = max(accepted, 1)
    return Figures(accepted / (after["seconds"] - before["seconds"]),
                   honest["rejected"] / max(honest["submitted"], 1),
                   (times["p50"] / 1000, times["p99"] / 1000, times["p999"] / 1000),
                   cpu, memory, grown["memory"] / each, grown["log"] / each, grown["file"] / each)


def median(runs: list[Figures]) -> Figures:
    def of(value) -> float:
        return statistics.median(value(run) for run in runs)
    names = runs[0].cpu
    return Figures(of(lambda run: run.accepted_s), of(lambda run: run.stale),
                   tuple(of(lambda run, i=i: run.ack_ms[i]) for i in range(3)),
                   {name: of(lambda run, name=name: run.cpu[name]) for name in names},
                   {name: of(lambda run, name=name: run.resident[name]) for name in names},
                   of(lambda run: run.redis_bytes), of(lambda run: run.log_bytes),
                   of(lambda run: run.file_bytes))


def head() -> list[str]:
    names = " ".join(f"{name:>{max(len(name), 6)}}" for name in COLUMNS)
    return [f"{'':31} {'accepted':>9} {'stale':>6} {'acknowledged, ms':>22}   "
            f"{'CPU, % of a core':{len(names)}}   Redis, bytes a share",
            f"{'':31} {'a second':>9} {'%':>6} {'p50':>6} {'p99':>7} {'p99.9':>7}   {names}   "
            f"{'memory':>6} {'log':>5} {'file':>5}"]


def line(case: Case, found: Figures) -> str:
    cells = " ".join(f"{found.cpu[name] * 100:{max(len(name), 6)}.1f}" if name in found.cpu
                     else f"{'-':>{max(len(name), 6)}}" for name in COLUMNS)
    p50, p99, p999 = found.ack_ms
    return (f"{case.what:31} {found.accepted_s:9,.0f} {found.stale * 100:6.2f} {p50:6.2f} {p99:7.2f} "
            f"{p999:7.2f}   {cells}   {found.redis_bytes:6.0f} {found.log_bytes:5.0f} "
            f"{found.file_bytes:5.0f}")


def memory_line(found: Figures) -> str:
    return "resident at the end: " + ", ".join(
        f"{name} {found.resident[name] / 2**20:.0f} MiB" for name in COLUMNS
        if name in found.resident)


def bench_replicas(binaries: Path, folder: Path, replicas: int, cases: list[Case], seconds: float,
                   repeats: int) -> list[str]:
    """Returns what was not reached."""
    say(f"Redis: appendfsync always, {replicas or 'no'} replica{'' if replicas == 1 else 's'}")
    for text in head():
        say(text)
    behind = []
    for case in cases:
        runs = []
        for number in range(repeats):
            # Each begins with an empty ledger: sizes do not depend on what came before.
            scratch = folder / f"{replicas}-{cases.index(case)}-{number}"
            scratch.mkdir()
            with SmallPool(binaries, scratch, replicas=replicas, foreign_blocks="10s") as pool:
                runs.append(run_case(binaries, pool, case, seconds))
            shutil.rmtree(scratch)
        found = median(runs)
        say(line(case, found))
        if found.accepted_s < 0.9 * case.share_rate:
            behind.append(f"{case.what}: {found.accepted_s:,.0f}/s accepted")
    say(memory_line(found))
    return behind


def bench(is_quick: bool) -> str:
    for target in ("pool", "loadgen"):
        say(cmake.build(PRESET, target))
    binaries = cmake.folder(PRESET) / "bin"
    folder = cmake.ROOT / "var" / "bench-rates"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cases = OPEN + CLOSED
    seconds, repeats = (5.0, 1) if is_quick else (15.0, 3)
    say(f"one gateway, one channel-manager, {MINERS:,} connections, a new block every 10 s; "
        f"{seconds:.0f} s each, " + (f"{repeats} runs, medians" if repeats > 1 else "one run"))
    for text in machine(folder):
        say(text)
    behind = []
    for replicas in (0, 1):
        behind += bench_replicas(binaries, folder, replicas, cases, seconds, repeats)
    say("CPU of the load generator is not the pool's; on one machine it takes its part of the cores")
    if behind:
        raise Failure(f"the pool does not keep up: {'; '.join(behind)}")
    shutil.rmtree(folder)
    return f"every share of {len(cases) * 2 * repeats} runs has its answer, at every rate"
