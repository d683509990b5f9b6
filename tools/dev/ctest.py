"""Running the tests of a built preset, kind by kind, and telling what was skipped and why."""

import os
import re
import subprocess
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field, replace
from pathlib import Path

import children
from console import Failure, Progress, say

# Quick ones first, so that a mistake shows early. A label that is not here comes after these.
KINDS = ["unit", "vectors", "conformance", "property", "fuzz", "simulation", "integration"]
# These start real processes, and mostly wait for them: two at a time, on however many cores, since
# what they look at takes its time when the machine is full.
JOBS_MAX = {"integration": 2}
# Their processes and their clocks share the machine with whatever else runs there: so few that fail
# are run once more, one at a time and alone, and a result that needed that says so. More that fail
# are no accident. Other kinds have no clock to lose to, and no second run.
AGAIN_MAX = {"integration": 5}

_RESULT = re.compile(r"^\s*(\d+)/(\d+) Test +#\d+: (\S+)")
_CLOSING = re.compile(r"^\d+% tests passed|^Total Test time|^No tests were found")


@dataclass
class Outcome:
    """What one call of ctest came to."""

    kind: str
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  # name, reason
    seconds: float = 0.0
    is_ctest_broken: bool = False  # it ended badly, and no test says why
    passed_names: set[str] = field(default_factory=set)
    passed_again: list[str] = field(default_factory=list)  # counted as passed, and to be said


def ordered(labels: list[str]) -> list[str]:
    return [k for k in KINDS if k in labels] + sorted(set(labels) - set(KINDS))


def skip_reason(output: str) -> str:
    """Why a test was skipped: what follows GoogleTest's `Skipped`, or a script's `SKIP: ...`."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for i, line in enumerate(lines):
        if line.upper().startswith("SKIP:"):
            return line[5:].strip()
        if line.endswith(": Skipped") and i + 1 < len(lines):
            return lines[i + 1]
    return lines[-1] if lines else "no reason given"


def read_junit(text: str, kind: str) -> Outcome:
    outcome = Outcome(kind)
    for case in xml.fromstring(text).iter("testcase"):
        name, status = case.get("name", "?"), case.get("status")
        if status == "run":
            outcome.passed += 1
            outcome.passed_names.add(name)
        elif status == "notrun" or status == "disabled":
            outcome.skipped.append((name, skip_reason(case.findtext("system-out") or "")))
        else:
            outcome.failed.append(name)
    return outcome


def to_run_again(outcome: Outcome) -> list[str]:
    """The names of the tests that failed, if they get a second run."""
    few = len(outcome.failed) <= AGAIN_MAX.get(outcome.kind, 0)
    return list(outcome.failed) if few and not outcome.is_ctest_broken else []


def only(names: list[str]) -> str:
    """A regular expression of ctest's for these tests."""
    escaped = (re.sub(r"([][().*+?|^$\\])", r"\\\1", name) for name in names)
    return f"^({'|'.join(escaped)})$"


def with_second_run(first: Outcome, second: Outcome) -> Outcome:
    """What it comes to: who passes the second time has passed, and who does not, failed."""
    passed = [name for name in first.failed if name in second.passed_names]
    return replace(first, passed=first.passed + len(passed), passed_again=passed,
                   passed_names=first.passed_names | set(passed),
                   failed=[name for name in first.failed if name not in passed],
                   seconds=first.seconds + second.seconds)


def said_of_second_runs(outcomes: list[Outcome]) -> list[str]:
    """A line for the end of the output, if anything passed in that way."""
    names = [name for outcome in outcomes for name in outcome.passed_again]
    return [f"passed only when run again, alone: {' '.join(names)}"] if names else []


def _labels(folder: Path) -> list[str]:
    listed = subprocess.run(["ctest", "--print-labels"], cwd=folder, text=True, check=True,
                            capture_output=True).stdout.splitlines()
    at = next((i for i, line in enumerate(listed) if line.startswith("All Labels")), len(listed))
    return [line.strip() for line in listed[at + 1:] if line.strip()]


def _has_unlabelled(folder: Path) -> bool:
    listed = subprocess.run(["ctest", "-N", "-LE", "."], cwd=folder, text=True, check=True,
                            capture_output=True).stdout
    return "Total Tests: 0" not in listed


def _run_kind(folder: Path, kind: str, selection: list[str], env: dict) -> Outcome:
    say(f"-- {kind} tests")
    cores = len(os.sched_getaffinity(0))
    first = _run_ctest(folder, kind, selection, env, min(cores, JOBS_MAX.get(kind, cores)),
                       folder / f"tests-{kind}.xml")
    names = to_run_again(first)
    if not names:
        return first
    say(f"-- {kind} tests, again and one at a time: {' '.join(names)}")
    second = _run_ctest(folder, kind, ["-R", only(names)], env, 1,
                        folder / f"tests-{kind}-again.xml")
    return with_second_run(first, second)


def _run_ctest(folder: Path, kind: str, selection: list[str], env: dict, jobs: int,
               junit: Path) -> Outcome:
    junit.unlink(missing_ok=True)
    started, closing, total = time.monotonic(), [], 0
    progress = Progress(f"{kind}:")
    ctest = children.start(["ctest", *selection, "-j", jobs, "--timeout", 900, "--no-tests=ignore",
                            "--output-on-failure", "--output-junit", junit],
                           cwd=folder, text=True, env=env,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    failing = False
    for line in ctest.stdout:
        result = _RESULT.match(line)
        if result:
            total = int(result.group(2))
            failing = "Passed" not in line and "Skipped" not in line
            progress.show(int(result.group(1)), total, result.group(3))
        if _CLOSING.match(line):
            closing.append(line.rstrip())
            failing = False
        elif failing:
            progress.clear()
            print(line, end="")
    status = ctest.wait()
    ctest.stdout.close()
    progress.clear()
    if not junit.exists():
        raise Failure(f"ctest ended with status {status} and without results for {kind}")
    outcome = read_junit(junit.read_text(errors="replace"), kind)
    outcome.seconds = time.monotonic() - started
    if status != 0 and not outcome.failed:
        outcome.failed.append(f"ctest itself, status {status}")
        outcome.is_ctest_broken = True
    for line in closing:
        say(f"   {line}")
    return outcome


def run_selection(folder: Path, what: str, selection: list[str]) -> Outcome:
    """Runs the tests that these arguments of ctest select, whatever their kind."""
    return _run_kind(folder, what, selection, dict(os.environ))


def run(folder: Path, leave_out: set[str] = frozenset(), extra_env: dict | None = None) -> str:
    """Runs every test once, by its first label; returns the result's text or raises Failure."""
    env = {**os.environ, **(extra_env or {})}
    kinds, before = ordered(_labels(folder)), []
    outcomes = []
    for kind in kinds:
        if kind not in leave_out:
            but = ["-LE", f"^({'|'.join(before)})$"] if before else []
            outcomes.append(_run_kind(folder, kind, ["-L", f"^{kind}$", *but], env))
        before.append(kind)
    if _has_unlabelled(folder):
        outcomes.append(_run_kind(folder, "other", ["-LE", "."], env))

    skipped = [entry for outcome in outcomes for entry in outcome.skipped]
    if skipped:
        say("-- skipped")
        for name, reason in skipped:
            say(f"   {name}: {reason}")
    say("-- how long each kind took")
    for outcome in outcomes:
        say(f"   {outcome.kind:12} {outcome.passed:5} passed {len(outcome.failed):3} failed "
            f"{len(outcome.skipped):3} skipped {outcome.seconds:8.1f} s")
    again = said_of_second_runs(outcomes)
    for line in again:
        say(f"-- {line}")
    failed = [name for outcome in outcomes for name in outcome.failed]
    passed = sum(outcome.passed for outcome in outcomes)
    if failed:
        raise Failure(f"{len(failed)} of {passed + len(failed)} tests failed: "
                      + ", ".join(failed[:10]) + (" ..." if len(failed) > 10 else ""))
    if passed == 0:
        raise Failure("there were no tests to run")
    return "; ".join([f"{passed} tests passed, {len(skipped)} skipped", *again])
