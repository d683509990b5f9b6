"""./dev fuzz: runs the fuzz targets, one after the other, under the address and
undefined-behaviour sanitizers.

Each starts from its corpus in tests/fuzz/corpus; what it finds of interest goes to var/fuzz and is
where the next run goes on. An input that breaks a property or upsets a sanitizer is a finding: its
path is printed, the other targets still run, and the verb fails. Once mended, the input belongs
into the corpus, where ./dev test replays it for ever.
"""

import argparse
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import children
import cmake
import duration
from console import Failure, Progress, run_verb, say

SOURCES = cmake.ROOT / "tests" / "fuzz"
_EXECUTIONS = re.compile(r"^#(\d+)\s")
_DONE = re.compile(r"^stat::number_of_executed_units: (\d+)")
_COVERED = re.compile(r"\bcov: (\d+)")
_FINDING = re.compile(r"Test unit written to (\S+)")
# What libFuzzer says about itself; everything else that it prints belongs to a finding.
_CHATTER = re.compile(r"^(#\d+\s|INFO:|stat::|Done \d+ runs|\s+NEW_FUNC|Running:|\s*$)")


@dataclass
class Outcome:
    target: str
    executions: int = 0
    covered: int = 0
    seconds: float = 0.0
    finding: str = ""  # the path of the input
    status: int = 0

    def line(self) -> str:
        result = "no finding"
        if self.finding:
            result = f"FINDING: {self.finding}"
        elif self.status != 0:
            result = f"ended with status {self.status}"
        return (f"{self.target:10} {self.executions:12,} executions {self.covered:6} edges "
                f"{self.seconds:6.0f} s  {result}")


def targets() -> list[str]:
    return sorted(path.name.removesuffix("_target.cpp") for path in SOURCES.glob("*_target.cpp"))


def read_line(outcome: Outcome, line: str) -> None:
    for pattern in (_EXECUTIONS, _DONE):
        if match := pattern.match(line):
            outcome.executions = max(outcome.executions, int(match.group(1)))
    if match := _COVERED.search(line):
        outcome.covered = int(match.group(1))
    if match := _FINDING.search(line):
        outcome.finding = match.group(1)


def run_target(program: Path, target: str, corpus: Path, work: Path, length_s: float) -> Outcome:
    outcome, said = Outcome(target), []
    kept, found = work / target, work / "findings"
    kept.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    progress = Progress(f"fuzzing {target}")
    fuzzer = children.start(
        [program, f"-max_total_time={int(length_s)}", "-timeout=20", "-rss_limit_mb=2048",
         "-max_len=8192", "-print_final_stats=1", "-report_slow_units=60",
         f"-artifact_prefix={found}/{target}-", kept, corpus],
        text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in fuzzer.stdout:
        read_line(outcome, line)
        if not _CHATTER.match(line):
            said.append(line)
            del said[:-200]
        elapsed = min(int(time.monotonic() - started), int(length_s))
        progress.show(elapsed, int(length_s), f"s, {outcome.executions:,} executions")
    outcome.status = fuzzer.wait()
    outcome.seconds = time.monotonic() - started
    progress.clear()
    if outcome.status != 0:
        print("".join(said), end="")
    return outcome


def fuzz(chosen: list[str], length_s: float) -> str:
    if unknown := [name for name in chosen if name not in targets()]:
        raise Failure(f"no target {unknown[0]}; there are: {', '.join(targets())}")
    say(cmake.build("fuzz", "fuzz"))
    outcomes = []
    for target in chosen or targets():
        program = cmake.folder("fuzz") / "bin" / f"fuzz_{target}"
        outcomes.append(run_target(program, target, SOURCES / "corpus" / target,
                                   cmake.ROOT / "var" / "fuzz", length_s))
        say(outcomes[-1].line())
    say("-- summary")
    for outcome in outcomes:
        say(f"   {outcome.line()}")
    bad = [outcome for outcome in outcomes if outcome.status != 0]
    if bad:
        raise Failure(f"{len(bad)} of {len(outcomes)} targets have a finding; "
                      f"{bad[0].finding or bad[0].line()}")
    executions = sum(outcome.executions for outcome in outcomes)
    return f"{len(outcomes)} targets, {executions:,} executions, no finding"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--for", dest="length_s", metavar="T", type=duration.seconds, default=60,
                        help="how long each target runs, such as 60s or 10m (default: 60s)")
    parser.add_argument("--target", metavar="NAME", action="append", default=[],
                        help=f"only this one; may be repeated. One of: {', '.join(targets())}")
    options = parser.parse_args()
    children.adopt_orphans()
    try:
        run_verb("dev fuzz", lambda: fuzz(options.target, options.length_s))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
