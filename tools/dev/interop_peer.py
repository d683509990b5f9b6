"""What ./dev interop reads from the programs that it runs, and what comes of it."""

import contextlib
import re
import subprocess
from dataclasses import dataclass, field

import children
from console import Failure, say

PATIENCE_S = 120.0


@dataclass
class Report:
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def note(self, name: str, why: str | None) -> None:
        if why is None:
            self.passed.append(name)
            say(f"   {name}: passed")
        else:
            self.failed.append(name)
            say(f"   {name}: FAILED: {why}")

    def skip(self, name: str, why: str) -> None:
        self.skipped.append(name)
        say(f"   {name}: skipped: {why}")


class Program(contextlib.AbstractContextManager):
    """A child whose lines are read; it is ended with its scope."""

    def __init__(self, *command):
        self._process = children.start(list(command), text=True, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT)
        self.lines: list[str] = []

    def line_with(self, pattern: str) -> re.Match:
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            if match := re.search(pattern, line):
                return match
        raise Failure(f"a program ended without saying {pattern}: {' / '.join(self.lines[-3:])}")

    def finish(self) -> int:
        """Waits for its end and reads the rest; returns its status."""
        try:
            rest, _ = self._process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            rest, _ = self._process.communicate()
            rest += f"\nfailed\tdid not end within {PATIENCE_S:.0f} s"
        self.lines += rest.splitlines()
        return self._process.returncode

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.communicate()


@dataclass
class Told:
    """What the lines of a peer come to."""

    same: int = 0
    messages: int = 0
    differs: list[tuple[str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    received: dict[str, int] = field(default_factory=dict)
    failure: str | None = None


def read_lines(lines: list[str]) -> Told:
    told = Told()
    for line in lines:
        match line.split("\t"):
            case ["same", direction, _, sample, _]:
                told.same += 1
                told.messages += direction == "sent" and sample == "0"
            case ["differs", direction, message, variant, what]:
                told.differs.append((message, f"{what} ({direction}, sample {variant})"))
                told.messages += direction == "sent" and variant == "0"
            case ["step", what]:
                told.steps.append(what)
            case ["received", message, count]:
                told.received[message] = int(count)
            case ["failed", why]:
                told.failure = why
    return told
