"""What came of a run of ./dev chaos: as a table for who watches it, and as a section of a document
between markers, where the next run finds it."""

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import cmake
import duration
from console import Failure

BEGIN, END = "<!-- chaos: begin -->", "<!-- chaos: end -->"
HEADER = ["kind", "rounds", "failed", "shares", "blocks", "pause median", "max", "limit", "over",
          "without a fault", "max", "named", "max"]


@dataclass(frozen=True)
class Figures:
    """Of one kind. Pairs are the median and the longest."""

    kind: str
    what: str
    rounds: int
    failed: int
    shares: int
    blocks: int
    limit_s: float
    over: int
    pause_s: tuple[float, float]
    quiet_s: tuple[float, float]
    named_s: tuple[float, float] | None = None  # until the pool named it itself


@dataclass(frozen=True)
class Finding:
    """What was wrong with a round, and where its logs are."""

    kind: str
    number: int
    what: str
    logs: Path | None = None

    @property
    def name(self) -> str:
        return f"{self.kind} {self.number}"


@dataclass(frozen=True)
class Report:
    command: str
    seed: int
    seconds: float
    loads: list[float]
    share_rate: float
    figures: list[Figures] = field(default_factory=list)
    failed: list[Finding] = field(default_factory=list)
    late: list[Finding] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)  # kind → why
    canaries: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)  # canaries

    def _sum(self, what: str) -> int:
        return sum(getattr(one, what) for one in self.figures)

    def counted(self) -> str:
        skipped = f", {len(self.skipped)} kinds skipped" if self.skipped else ""
        return (f"{self._sum('rounds')} rounds of {len(self.figures)} kinds, "
                f"{len(self.canaries)} canaries, {self._sum('shares'):,} shares and "
                f"{self._sum('blocks'):,} blocks in {duration.clock(self.seconds)}{skipped}")

    def problem(self) -> str:
        """Empty where all is well."""
        parts = [f"{what}: {', '.join(names)}" for what, names in
                 (("failed", [one.name for one in self.failed]),
                  ("too late", [f"{one.name} ({one.what})" for one in self.late]),
                  ("not caught", self.missed)) if names]
        return f"of {self.counted()} with seed {self.seed} {'; '.join(parts)}" if parts else ""

    def summary(self) -> str:
        return f"{self.counted()}, all clean, seed {self.seed}"


def table(figures: list[Figures]) -> list[str]:
    """For a terminal."""
    rows = [HEADER] + [[one.kind, str(one.rounds), str(one.failed), str(one.shares),
                        str(one.blocks), f"{one.pause_s[0]:.2f} s", f"{one.pause_s[1]:.2f} s",
                        f"{one.limit_s:g} s", str(one.over), f"{one.quiet_s[0]:.2f} s",
                        f"{one.quiet_s[1]:.2f} s", *_named(one)] for one in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    return ["  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                      for i, (cell, width) in enumerate(zip(row, widths)))
            for row in rows] if figures else []


def _named(one: Figures) -> list[str]:
    return [f"{seconds:.2f} s" for seconds in one.named_s] if one.named_s else ["", ""]


def machine() -> str:
    """What these figures are of."""
    model = next((line.partition(":")[2].strip() for line in
                  Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), os.uname().machine)
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{len(os.sched_getaffinity(0))} cores of {model}, {gigabytes:.0f} GiB, "
            f"Linux {os.uname().release}")


def commit() -> str:
    try:
        done = subprocess.run(["git", "-C", str(cmake.ROOT), "rev-parse", "--short", "HEAD"],
                              text=True, capture_output=True, check=False)
    except FileNotFoundError:
        return ""
    return f", commit `{done.stdout.strip()}`" if done.returncode == 0 else ""


def section(report: Report) -> str:
    """For a document, without its markers."""
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    priority = f"nice -n {nice} " if nice else ""
    lines = [
        f"Of {time.strftime('%Y-%m-%d')}{commit()}: `{priority}{report.command}`, seed "
        f"{report.seed}, on {machine()}, load {min(report.loads):.0f} to {max(report.loads):.0f}; "
        f"{report.share_rate:g} shares a second. {report.counted()}: "
        + ("all clean." if not report.problem() else
           f"{len(report.failed)} rounds failed, {len(report.late)} were too late, "
           f"{len(report.missed)} canaries were missed."), "",
        "| kind | rounds | failed | shares | blocks | pause: median | longest | limit | "
        "undisturbed: median | longest | named: median | longest |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for one in report.figures:
        lines.append(
            f"| `{one.kind}`: {one.what} | {one.rounds} | {one.failed} | {one.shares:,} | "
            f"{one.blocks:,} | {one.pause_s[0]:.2f} s | {one.pause_s[1]:.2f} s | "
            f"{one.limit_s:g} s | {one.quiet_s[0]:.2f} s | {one.quiet_s[1]:.2f} s | "
            f"{' | '.join(_named(one))} |")
    for name, text in report.canaries.items():
        lines += ["", f"`{name}`{' NOT CAUGHT' if name in report.missed else ''}: {text}."]
    for what, findings in (("Failed", report.failed), ("Too late", report.late)):
        if findings:
            lines += ["", f"{what}:", ""]
            lines += [f"- `{one.kind}`, round {one.number}: {one.what}{_logs(one)}"
                      for one in findings]
    if report.skipped:
        lines += ["", "Skipped:", ""]
        lines += [f"- `{kind}`: {reason}" for kind, reason in report.skipped.items()]
    return "\n".join(lines) + "\n"


def _logs(finding: Finding) -> str:
    if finding.logs is None:
        return ""
    try:
        return f" (`{finding.logs.relative_to(cmake.ROOT)}`)"
    except ValueError:
        return f" (`{finding.logs.name}`)"


def check(file: Path) -> None:
    """Raises Failure where write() could not do it: an hour later would be late to say so."""
    if file.exists():
        _split(file)
    elif not file.parent.is_dir():
        raise Failure(f"{file} cannot be written: there is no folder {file.parent}")


def _split(file: Path) -> tuple[str, str]:
    """What stands before the section, and what behind it."""
    text = file.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Failure(f"{file} has no lines {BEGIN} and {END} between which the report belongs")
    return before, after


def write(file: Path, report: Report) -> None:
    """In one step."""
    before, after = _split(file) if file.exists() else ("", "\n")
    new = file.with_suffix(".new")
    new.write_text(f"{before}{BEGIN}\n{section(report)}{END}{after}")
    new.rename(file)
