"""What ./dev mutate says at the end, and what docs/mutation.md knows of those that survive."""

import re
from collections import Counter
from pathlib import Path

import cmake
import duration
from console import Failure, say

STATUSES = ["killed", "survived", "same", "invalid"]
DOCUMENT = cmake.ROOT / "docs" / "mutation.md"

# A row: | file | `before` -> `after`, or without `statement` | reason |
_ROW = re.compile(r"^\| *`?([\w./-]+\.(?:cpp|lua))`? *\| *(.+?) *\| *(\S.*?) *\|$")


def shown(entry: dict) -> str:
    """The change as the document shows it; in a table a | would end the cell."""
    before, after = (text.replace("|", "\\|") for text in (entry["before"], entry["after"]))
    return f"without `{before}`" if entry["kind"] == "removed" else f"`{before}` -> `{after}`"


def reasons(document: Path) -> Counter[tuple[str, str]]:
    """How many mutants may survive of a file and a change as it is shown: each row speaks for one,
    for the same text elsewhere in the file may be another matter."""
    found: Counter[tuple[str, str]] = Counter()
    if not document.exists():
        return found
    for line in document.read_text().splitlines():
        # The bars within a cell are masked, so that the row can be cut.
        row = _ROW.match(line.replace("\\|", "\0"))
        if row:
            path, change, _ = (cell.replace("\0", "\\|") for cell in row.groups())
            found[path, change] += 1
    return found


def table(entries: list[dict]) -> list[str]:
    """For each file how many mutants came to what."""
    by_file: dict[str, Counter] = {}
    for entry in entries:
        by_file.setdefault(entry["file"], Counter())[entry["status"]] += 1
    total = sum(by_file.values(), Counter())
    rows = [f"{'':44} mutants " + " ".join(f"{status:>8}" for status in STATUSES)]
    for path, counts in [*by_file.items(), ("together", total)]:
        rows.append(f"{path:44} {counts.total():7} "
                    + " ".join(f"{counts[status]:8}" for status in STATUSES))
    return rows


def conclude(entries: list[dict], known: Counter[tuple[str, str]], seconds: float) -> str:
    say("-- killed by")
    killers = Counter(entry["by"].split()[0] for entry in entries if entry["by"])
    for program, count in killers.most_common():
        say(f"   {program:28} {count:6}")
    say("-- mutants (same: the compiler makes the same code of it; invalid: it does not compile)")
    for row in table(entries):
        say(f"   {row}")
    survivors = [entry for entry in entries if entry["status"] == "survived"]
    unknown, left = [], known.copy()
    for entry in survivors:
        left[entry["file"], shown(entry)] -= 1
        if left[entry["file"], shown(entry)] < 0:
            unknown.append(entry)
    if unknown:
        say("-- survivors without a reason in docs/mutation.md, as rows for it")
        for entry in unknown:
            say(f"| {entry['file']} | {shown(entry)} | line {entry['line']} |")
        raise Failure(f"{len(unknown)} of {len(entries)} mutants survive without a known reason")
    return (f"{len(entries)} mutants, {len(survivors)} survive, each for a known reason "
            f"({duration.clock(seconds)})")
