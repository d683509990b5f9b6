"""What miners wrote down, read while they go on writing: when they were answered, and how often."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

_EVENT = re.compile(rb'^\{"event":"(\w+)","time_us":(\d+)')
_ERROR_CODE = re.compile(rb'"error_code":"([^"]*)"')
_CODE = re.compile(rb'"code":(\d+)')  # of an SV1 miner


@dataclass(frozen=True)
class Gap:
    """A time without any answer, in microseconds of unix time."""

    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 1e6


@dataclass
class Tail:
    """The end of a journal, from where it was when this was made."""

    path: Path
    answers: list[int] = field(default_factory=list)  # microseconds of unix time
    connections: int = 0
    losses: int = 0
    shares: int = 0
    rejected: Counter = field(default_factory=Counter)
    _offset: int = 0
    _rest: bytes = b""

    def __post_init__(self):
        self._offset = self.path.stat().st_size if self.path.exists() else 0

    def read(self) -> "Tail":
        """Takes in what is new; a last line that is not complete yet waits."""
        if not self.path.exists():
            return self
        with self.path.open("rb") as journal:
            journal.seek(self._offset)
            new = journal.read()
        self._offset += len(new)
        lines = (self._rest + new).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._take(line)
        return self

    def _take(self, line: bytes) -> None:
        match = _EVENT.match(line)
        if not match:
            return
        event = match[1]
        if event in (b"success", b"error", b"answer"):
            self.answers.append(int(match[2]))
        if event in (b"share", b"submit"):
            self.shares += 1
        elif event == b"error":
            code = _ERROR_CODE.search(line)
            self.rejected[code[1].decode() if code else "?"] += 1
        elif event == b"answer" and b'"result":false' in line:
            code = _CODE.search(line)
            self.rejected[code[1].decode() if code else "?"] += 1
        elif event == b"connected":
            self.connections += 1
        elif event == b"connection_lost":
            self.losses += 1

    def is_answered_since(self, moment: int) -> bool:
        return bool(self.answers) and self.answers[-1] > moment

    def gaps_touching(self, start: int, end: int) -> list[Gap]:
        return [Gap(before, after) for before, after in zip(self.answers, self.answers[1:])
                if before < end and start < after]


def longest(gaps: list[Gap]) -> float:
    """Seconds; 0 when there is none."""
    return max((gap.seconds for gap in gaps), default=0.0)
