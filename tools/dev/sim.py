"""./dev sim: a whole pool in virtual time, with faults by chance, again and again.

Each seed is one run of some two minutes of pool time in one thread: gateways, workers, miners and
what lies between them, of the code that is shipped, with processes that die, networks that part and
miners that misbehave, all by chance from the seed. In the end all is healed, and must be well again;
then what miners wrote down is compared with the ledger. The same seed is the same run: a failure
says which invariant was violated, the last lines of what happened, and the command that repeats it.
"""

import argparse
import os
import queue
import re
import threading
import time
from dataclasses import dataclass

import children
import cmake
from console import Failure, Progress, run_verb, say

PRESET = "dev"
PROGRAM = "pool_simulation"
# So many seeds are given to a process at once: it starts in no time beside what they take.
AT_ONCE = 20
_SEED = re.compile(r"^seed (\d+) (ok|FAILED) ")
_VIOLATED = re.compile(r"^seed (\d+): (\S+) violated: (.*)$")
SHOWN_FAILURES = 5


@dataclass
class Failed:
    seed: int
    invariant: str
    output: str


def ranges(first: int, count: int, at_once: int = AT_ONCE) -> list[tuple[int, int]]:
    """Which seeds each process does, both ends included."""
    return [(at, min(at + at_once, first + count) - 1)
            for at in range(first, first + count, at_once)]


def failures_in(output: str) -> list[Failed]:
    """Of what the program printed with --progress --keep-going: each failure with its lines."""
    failures, lines, seed, invariant = [], [], None, ""
    for line in output.splitlines():
        result = _SEED.match(line)
        if result or line.startswith(f"{PROGRAM}: "):
            if seed is not None:
                failures.append(Failed(seed, invariant, "\n".join(lines)))
            seed = int(result.group(1)) if result and result.group(2) == "FAILED" else None
            lines, invariant = [], ""
            continue
        violated = _VIOLATED.match(line)
        if violated and not invariant:
            invariant = violated.group(2)
        lines.append(line)
    return failures


class Runs:
    """So many processes at a time, each with its range of seeds."""

    def __init__(self, program, seconds: int):
        self._program, self._seconds = program, seconds
        self._left: queue.Queue = queue.Queue()
        self._lock = threading.Lock()
        self.done, self.failures, self.broken = 0, [], []

    def _work(self) -> None:
        while True:
            try:
                first, last = self._left.get_nowait()
            except queue.Empty:
                return
            child = children.start([self._program, "--seeds", f"{first}:{last}", "--for",
                                    self._seconds, "--keep-going", "--progress"],
                                   text=True, stdout=children.subprocess.PIPE,
                                   stderr=children.subprocess.STDOUT)
            lines, seen = [], 0
            for line in child.stdout:
                lines.append(line)
                if _SEED.match(line):
                    seen += 1
                    with self._lock:
                        self.done += 1
            status = child.wait()
            output = "".join(lines)
            with self._lock:
                failures = failures_in(output)
                self.failures += failures
                # It ended by itself: the seed after the last one that it told of did it.
                if status not in (0, 1) or seen != last - first + 1:
                    self.broken.append((first + seen, status, output[-4000:]))

    def run(self, pieces: list[tuple[int, int]], jobs: int) -> None:
        total = sum(last - first + 1 for first, last in pieces)
        for piece in pieces:
            self._left.put(piece)
        workers = [threading.Thread(target=self._work) for _ in range(jobs)]
        started = time.monotonic()
        for worker in workers:
            worker.start()
        progress = Progress("seeds:")
        while any(worker.is_alive() for worker in workers):
            time.sleep(0.2)
            took = time.monotonic() - started
            progress.show(self.done, total, f"{self.done / took:.1f} a second, "
                                            f"{len(self.failures)} failed")
        progress.clear()


def sim(seeds: int, first: int, jobs: int, seconds: int, preset: str) -> str:
    say(cmake.build(preset, PROGRAM))
    program = cmake.folder(preset) / "bin" / PROGRAM
    runs = Runs(program, seconds)
    started = time.monotonic()
    runs.run(ranges(first, seeds), jobs)
    took = time.monotonic() - started
    for failed in sorted(runs.failures, key=lambda one: one.seed)[:SHOWN_FAILURES]:
        say(f"-- seed {failed.seed}")
        say(failed.output)
    for seed, status, output in runs.broken[:SHOWN_FAILURES]:
        say(f"-- seed {seed}: the program ended with status {status}")
        say(output)
    if runs.failures or runs.broken:
        names = ", ".join(f"{one.seed} ({one.invariant})"
                          for one in sorted(runs.failures, key=lambda one: one.seed)[:20])
        crashed = ", ".join(str(seed) for seed, _, _ in runs.broken[:20])
        raise Failure(f"{len(runs.failures) + len(runs.broken)} of {seeds} seeds: "
                      + "; ".join(part for part in (names, crashed and f"crashed: {crashed}")
                                  if part)
                      + f"; again with {program.relative_to(cmake.ROOT)} --seed N --trace")
    return (f"ok, {seeds} seeds from {first} on, {seeds / took:.1f} a second in {jobs} "
            f"process{'es' if jobs > 1 else ''}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev sim", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--seeds", type=int, default=300, help="how many runs (default: 300)")
    parser.add_argument("--from", dest="first", type=int, default=1,
                        help="the first seed (default: 1)")
    parser.add_argument("--jobs", type=int, default=cores,
                        help=f"processes at a time (default: {cores}, the cores here)")
    parser.add_argument("--for", dest="seconds", type=int, default=60,
                        help="seconds of pool time in which things go wrong (default: 60)")
    parser.add_argument("--preset", default=PRESET,
                        help=f"a preset of CMakePresets.json (default: {PRESET})")
    options = parser.parse_args()
    if options.seeds < 1 or options.first < 0 or options.jobs < 1 or options.seconds < 0:
        parser.error("--seeds and --jobs are at least 1, --from and --for not negative")
    children.adopt_orphans()
    try:
        run_verb("dev sim", lambda: sim(options.seeds, options.first, options.jobs,
                                        options.seconds, options.preset))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
