"""./dev conformance: which test shows each requirement of Stratum V2, and whether it passes.

The requirements stand in tests/conformance/checklist. A test stands for an item if its name has the
letter C and the item's three digits as a word of its own: C035_C037_SendsWhatItShould stands for
C-035 and C-037. An item that has no test has a line in tests/conformance/without-test that says
why; a role that is not ours yet has one there for all its items. The verb fails on an item with
neither, and on a test that does not pass.

With --listed it looks at the tests of a build folder without building or running them.
"""

import argparse
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import children
import cmake
import ctest
from console import Failure, run_verb, say

FOLDER = cmake.ROOT / "tests" / "conformance"
_ITEM = re.compile(r"(C-\d{3}) +(MUST|SHOULD) +([A-Z]{3}) +(\S.*)")
_REASON = re.compile(r"(C-\d{3}|[A-Z]{3}): +(\S.*)")
# As ctest understands it too: what stands for any item.
_ANY = "(^|[^A-Za-z0-9])C[0-9][0-9][0-9]([^A-Za-z0-9]|$)"
_NAMED = re.compile(r"(?<![A-Za-z0-9])C(\d{3})(?![A-Za-z0-9])")


@dataclass(frozen=True)
class Item:
    name: str
    level: str
    role: str
    text: str


def _lines(text: str, pattern: re.Pattern, what: str) -> list[tuple]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = pattern.fullmatch(line.rstrip())
        if not match:
            raise Failure(f"{what}, line {number}: \"{line}\" is not of its form")
        found.append(match.groups())
    names = [entry[0] for entry in found]
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise Failure(f"{what} has two lines for {', '.join(twice)}")
    return found


def read_checklist(text: str) -> list[Item]:
    return [Item(*entry) for entry in _lines(text, _ITEM, "checklist")]


def read_reasons(text: str) -> dict[str, str]:
    """By item or by role."""
    return dict(_lines(text, _REASON, "without-test"))


def items_of(test: str) -> list[str]:
    return [f"C-{digits}" for digits in _NAMED.findall(test)]


@dataclass(frozen=True)
class Row:
    item: Item
    tests: list[str]
    reason: str  # empty where there are tests


def table(items: list[Item], reasons: dict[str, str], tests: list[str]) -> list[Row]:
    by_item = {}
    for test in tests:
        for name in items_of(test):
            by_item.setdefault(name, []).append(test)
    rows = []
    for item in items:
        named = sorted(set(by_item.get(item.name, [])))
        reason = "" if named else reasons.get(item.name) or reasons.get(item.role, "")
        rows.append(Row(item, named, reason))
    return rows


def findings(rows: list[Row], reasons: dict[str, str], tests: list[str]) -> list[str]:
    """What is wrong with the table itself, whatever its tests say."""
    known = {row.item.name for row in rows}
    roles = {row.item.role for row in rows}
    wrong = [f"{row.item.name} ({row.item.level} {row.item.role}) has no test and no reason: "
             f"{row.item.text}" for row in rows if not row.tests and not row.reason]
    wrong += [f"{row.item.name} has a reason in without-test and a test, {row.tests[0]}"
              for row in rows if row.tests and row.item.name in reasons]
    wrong += [f"{test} stands for {name}, which is no item"
              for test in tests for name in items_of(test) if name not in known]
    wrong += [f"without-test speaks of {name}, which is neither item nor role"
              for name in reasons if name not in known | roles]
    return wrong


def listed_tests(folder: Path) -> list[str]:
    shown = subprocess.run(["ctest", "--show-only=json-v1"], cwd=folder, text=True, check=True,
                           capture_output=True).stdout
    return [test["name"] for test in json.loads(shown)["tests"]]


def _run(folder: Path) -> tuple[set[str], ctest.Outcome]:
    """Runs what stands for an item; the names of those that did not pass, skipped ones too."""
    outcome = ctest.run_selection(folder, "conformance", ["-R", _ANY])
    return set(outcome.failed) | {name for name, _ in outcome.skipped}, outcome


def _print(rows: list[Row], bad: set[str] | None) -> None:
    """`bad` is None where nothing was run."""
    for row in rows:
        say(f"{row.item.name} {row.item.level:6} {row.item.role} {row.item.text}")
        for test in row.tests:
            result = "listed" if bad is None else "FAILED" if test in bad else "passed"
            say(f"      {result:7} {test}")
        if not row.tests:
            say(f"      {'-' if row.reason else 'NO TEST':7} {row.reason}".rstrip())


def conformance(folder: Path | None) -> str:
    items = read_checklist((FOLDER / "checklist").read_text())
    reasons = read_reasons((FOLDER / "without-test").read_text())
    bad = None
    if folder is None:
        preset = "ci" if os.environ.get("CI") else "dev"
        say(cmake.build(preset))
        folder = cmake.folder(preset)
        bad, _ = _run(folder)
    tests = listed_tests(folder)
    rows = table(items, reasons, tests)
    _print(rows, bad)
    wrong = findings(rows, reasons, tests)
    wrong += [f"{test} did not pass" for test in sorted(bad or ())]
    for finding in wrong:
        say(f"conformance: {finding}")
    if wrong and (unbuilt := [name for name in tests if name.endswith("_NOT_BUILT")]):
        raise Failure(f"not everything is built in {folder}: {', '.join(unbuilt)}")
    tested = sum(1 for row in rows if row.tests)
    of_all = f"{tested} of {len(rows)} items have tests, {len(rows) - tested} a reason"
    if wrong:
        raise Failure(f"{len(wrong)} findings, see above; the first: {wrong[0]}")
    return of_all if bad is None else of_all + "; all of them pass"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev conformance", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listed", metavar="FOLDER", type=Path,
                        help="a build folder whose tests are looked at, not run")
    folder = parser.parse_args().listed
    children.adopt_orphans()
    try:
        run_verb("dev conformance", lambda: conformance(folder))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
