"""./dev mutate: would the tests notice if the program were another?

Changes one thing at a time in what decides about shares (the ledger's scripts, the gateway's
session, the bus, the derivation and judgement of jobs) and runs the tests that look at that file,
unit tests and the simulation. All mutants of a file are compiled into one program that the
environment tells which it is, as far as that goes; the others each into its own. A mutant that no
test fails is either no other program, or a test is missing: survivors are printed, and the verb
fails unless docs/mutation.md says of each why it changes nothing that can be observed.

Works in a copy, in var/mutate; the tree and its build are never changed. Runs on what is idle of the
machine. What it has found out is kept, so that a run that was stopped goes on where it was: --again
asks anew for all, --survivors for those that survived. Known results are of this text of the file.
"""

import argparse
import hashlib
import json
import os
import queue
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import children
import cmake
import duration
import mutate_build
import mutate_report
import mutate_tests
from console import Failure, Progress, run_verb, say
from mutate_operators import Mutant, mutants_of

FILES = [
    "libs/ledger/*.lua",
    "libs/mining/*.cpp",
    "libs/bus/dispatcher.cpp",
    "libs/bus/partition_queue.cpp",
    "services/gateway/acknowledgement.cpp",
    "services/gateway/*_book.cpp",
    "services/gateway/reading.cpp",
    "services/gateway/session*.cpp",
]
WORK = cmake.ROOT / "var" / "mutate"
RESULTS = WORK / "results.jsonl"
TOGETHER = WORK / "together"


def files(patterns: list[str]) -> list[str]:
    found = []
    for pattern in patterns:
        paths = sorted(str(path.relative_to(cmake.ROOT)) for path in cmake.ROOT.glob(pattern))
        paths = [path for path in paths if path.endswith((".cpp", ".lua"))
                 and not path.endswith(("_test.cpp", "_bench.cpp"))]
        found += [path for path in paths if path not in found]
    return found


def key_of(mutant: Mutant, text: str) -> str:
    what = f"{mutant.path}\0{text}\0{mutant.start}\0{mutant.end}\0{mutant.replacement}"
    return hashlib.sha256(what.encode()).hexdigest()[:20]


class Results:
    """What is known of each mutant, one line of the file each; of two the later one holds."""

    def __init__(self, path: Path):
        self._path, self._lock = path, threading.Lock()
        self.known: dict[str, dict] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue  # the last one of a run that was killed
                self.known[entry["key"]] = entry

    def add(self, key: str, mutant: Mutant, status: str, by: str) -> None:
        entry = {"key": key, "file": mutant.path, "line": mutant.line, "kind": mutant.kind,
                 "before": mutant.before, "after": mutant.after, "status": status, "by": by}
        with self._lock:
            self.known[key] = entry
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")


class Run:
    def __init__(self, copy: mutate_build.Copy, results: Results, options: argparse.Namespace):
        self._copy, self._results = copy, results
        self._with_long, self._nice = not options.quick, options.nice
        self._together: dict[Mutant, int] = {}
        self._baselines: dict[mutate_tests.Program, mutate_tests.Baseline] = {}
        self._seen: dict[tuple[str, bytes], tuple[str, str]] = {}
        self._unchanged: set[str] = set()
        self._lock = threading.Lock()
        self.counts = {status: 0 for status in mutate_report.STATUSES}
        self.failure = ""

    def prepare(self, path: str, mutants: list[Mutant]) -> None:
        """All programs that look at the file pass as they are, also when they could be a mutant."""
        for program in self._programs(path):
            if program in self._baselines:
                continue
            executable = self._copy.link(program.name, WORK / "unchanged", with_mutant=False)
            self._baselines[program] = mutate_tests.measure(executable, program, cmake.ROOT)
            say(f"   {program}: {self._baselines[program].clock_s:.1f} s")
        self._prepare_together(path, mutants)

    def _know_unchanged(self, path: str) -> None:
        """Equal code is known by its bytes."""
        with self._lock:
            if path in self._unchanged or path.endswith(".lua"):
                return
            made = self._copy.compile(path, self._copy.text(path), WORK / "unchanged")
            if made is None:
                raise Failure(f"{path} does not compile as it is")
            self._unchanged.add(path)
            self._seen[path, hashlib.sha256(made).digest()] = ("same", "")

    def _prepare_together(self, path: str, mutants: list[Mutant]) -> None:
        numbers = self._copy.compile_together(path, mutants, TOGETHER)
        say(f"   {path}: {len(numbers)} of {len(mutants)} mutants in one program")
        self._together = {mutant: number for number, mutant in numbers.items()}
        if not numbers:
            return
        for program in self._programs(path):
            executable = self._copy.link(program.name, TOGETHER)
            mutate_tests.measure(executable, program, cmake.ROOT)

    def _programs(self, path: str) -> list[mutate_tests.Program]:
        return [program for program in mutate_tests.programs_of(path, self._with_long)
                if self._copy.is_linked(path, program.name)]

    def try_one(self, mutant: Mutant, folder: Path) -> None:
        text = self._copy.text(mutant.path)
        status, by = self._verdict(mutant, mutant.apply(text), folder)
        self._results.add(key_of(mutant, text), mutant, status, by)
        with self._lock:
            self.counts[status] += 1

    def _verdict(self, mutant: Mutant, changed: str, folder: Path) -> tuple[str, str]:
        if mutant.path.endswith(".lua") and not mutate_build.is_lua(changed):
            return "invalid", ""
        is_survivor = False
        if number := self._together.get(mutant):
            if by := self._killer(mutant.path, lambda name: TOGETHER / name, number):
                return "killed", by
            is_survivor = True  # or the same code, which only its bytes tell
        self._know_unchanged(mutant.path)
        made = self._copy.compile(mutant.path, changed, folder)
        if made is None:
            return "invalid", ""
        code = (mutant.path, hashlib.sha256(made).digest())
        with self._lock:
            if code in self._seen:
                return self._seen[code]
        by = "" if is_survivor else self._killer(
            mutant.path, lambda name: self._copy.link(name, folder))
        status = "killed" if by else "survived"
        with self._lock:
            self._seen[code] = (status, by)
        return status, by

    def _killer(self, path: str, executable: Callable[[str], Path], number: int = 0) -> str:
        """The first test that fails, or nothing."""
        for program in self._programs(path):
            verdict = mutate_tests.run(executable(program.name), program, cmake.ROOT,
                                       self._baselines[program], number, self._nice)
            if verdict.by:
                return verdict.by
        return ""


def _work_through(run: Run, mutants: list[Mutant], jobs: int, show) -> None:
    """One thread for each job; the first failure that is not a mutant's ends them all."""
    waiting: queue.SimpleQueue = queue.SimpleQueue()
    for mutant in mutants:
        waiting.put(mutant)

    def work(number: int) -> None:
        while not run.failure:
            try:
                mutant = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                run.try_one(mutant, WORK / f"job-{number}")
            except (Failure, OSError, ValueError) as error:
                run.failure = f"{mutant.path}:{mutant.line}: {error}"

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(jobs)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        threads[0 if threads[0].is_alive() else -1].join(1.0)
        show()
    if run.failure:
        raise Failure(run.failure)


def choose(patterns: list[str], sample: int, seed: int) -> list[Mutant]:
    """The mutants of these files, or so many of them by chance, in the order of the files."""
    chosen = files(patterns)
    if not chosen:
        raise Failure(f"no file is meant by {', '.join(patterns)}")
    mutants = []
    for path in chosen:
        mutate_tests.programs_of(path)  # or a failure, before anything is built
        mutants += mutants_of(path, (cmake.ROOT / path).read_text())
    if 0 < sample < len(mutants):
        places = sorted(random.Random(seed).sample(range(len(mutants)), sample))
        mutants = [mutants[place] for place in places]
    return mutants


def mutate(options: argparse.Namespace) -> str:
    started = time.monotonic()
    mutants = choose(options.files or FILES, options.sample, options.seed)
    if options.list:
        for mutant in mutants:
            say(f"{mutant.path}:{mutant.line}: {mutant.kind}: {mutant}")
        return f"{len(mutants)} mutants"
    texts = {path: (cmake.ROOT / path).read_text() for path in {m.path for m in mutants}}
    keys = {id(mutant): key_of(mutant, texts[mutant.path]) for mutant in mutants}
    results = Results(RESULTS)

    def is_open(mutant: Mutant) -> bool:
        known = results.known.get(keys[id(mutant)])
        return (options.again or known is None
                or (options.survivors and known["status"] == "survived"))

    todo = [mutant for mutant in mutants if is_open(mutant)]
    say(f"{len(mutants)} mutants of {len(texts)} files, {len(mutants) - len(todo)} known already")
    if todo:
        _try(todo, options, results)
    entries = [results.known[keys[id(mutant)]] for mutant in mutants]
    return mutate_report.conclude(entries, mutate_report.reasons(mutate_report.DOCUMENT),
                                  time.monotonic() - started)


def _try(todo: list[Mutant], options: argparse.Namespace, results: Results) -> None:
    if not options.as_built:
        say(cmake.build("dev", "mutation"))
    programs = {program.name for mutant in todo
                for program in mutate_tests.programs_of(mutant.path, not options.quick)}
    copy = mutate_build.Copy(cmake.ROOT, cmake.folder("dev"), WORK / "copy")
    copy.take(sorted(programs))
    run, began = Run(copy, results, options), time.monotonic()
    progress = Progress("mutants")

    def show() -> None:
        done = sum(run.counts.values())
        elapsed = time.monotonic() - began
        left = duration.clock(elapsed / done * (len(todo) - done)) if done else "?"
        progress.show(done, len(todo), f"{path}, {run.counts['survived']} survived, {left} left")

    for path in dict.fromkeys(mutant.path for mutant in todo):
        mutants = [mutant for mutant in todo if mutant.path == path]
        run.prepare(path, mutants)
        _work_through(run, mutants, options.jobs, show)
    progress.clear()


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev mutate", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", metavar="PATTERN", action="append", default=[],
                        help="only these, such as libs/mining/job.cpp or \"libs/ledger/*.lua\"; may "
                             f"be repeated (default: {', '.join(FILES)})")
    parser.add_argument("--sample", metavar="N", type=int, default=0,
                        help="only so many of the mutants, chosen by chance (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="of that chance (default: 1)")
    parser.add_argument("--jobs", type=int, default=cmake.jobs(),
                        help="mutants at the same time (default: by cores and memory)")
    parser.add_argument("--nice", metavar="N", type=int,
                        help="ask with this niceness (default: only while nothing else runs)")
    parser.add_argument("--as-built", action="store_true",
                        help="take the build of the dev preset as it is")
    parser.add_argument("--quick", action="store_true",
                        help="ask the unit tests alone, not the simulation")
    parser.add_argument("--again", action="store_true", help="ask anew for mutants that are known")
    parser.add_argument("--survivors", action="store_true",
                        help="ask anew for those that survived, for which there may be a test now")
    parser.add_argument("--list", action="store_true", help="only print the mutants")
    options = parser.parse_args()
    children.adopt_orphans()
    try:
        run_verb("dev mutate", lambda: mutate(options))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
