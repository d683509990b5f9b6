"""What miners wrote down, read while they go on writing: when they were answered, and how often."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

_EVENT = re.compile(rb'^\{"event":"(\w+)","time_us":(\d+)')
_ERROR_CODE = re.compile(rb'"error_code":"([^"]*)"')
_CODE = re.compile(rb'"code":(\d+)')  # of an SV1 miner
# Of a share of Stratum V2, in the order in which the miner writes them.
_SHARE = re.compile(rb'"connection":(\d+),.*"channel_id":(\d+),"sequence_number":(\d+),'
                    rb'.*"header":"([0-9a-f]{160})","hash":"([0-9a-f]{64})"')
_ACCEPTED = re.compile(rb'"connection":(\d+),"channel_id":(\d+),"last_sequence_number":(\d+)')
_REJECTED = re.compile(rb'"connection":(\d+),"channel_id":(\d+),"sequence_number":(\d+)')


def network_target(nbits: int) -> int:
    size, mantissa = nbits >> 24, nbits & 0x7FFFFF
    return mantissa << 8 * (size - 3) if size > 3 else mantissa >> 8 * (3 - size)


def _reversed(text: bytes) -> str:
    return bytes.fromhex(text.decode())[::-1].hex()


# A share that waited less is no pause.
WAIT_MIN_US = 100_000


@dataclass(frozen=True)
class Gap:
    """A time without any answer, or without that of one share, in microseconds of unix time."""

    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 1e6


@dataclass(frozen=True)
class Block:
    """A share that meets the network's target."""

    hash: str
    channel: tuple[bytes, bytes]  # connection, channel id
    sequence: int
    parent: str  # the hash of the block that it is built on


@dataclass
class Tail:
    """The end of a journal, from where it was when this was made."""

    path: Path
    answers: list[int] = field(default_factory=list)  # microseconds of unix time
    connections: int = 0
    losses: int = 0
    shares: int = 0
    rejected: Counter = field(default_factory=Counter)
    blocks: list[Block] = field(default_factory=list)
    prev_hash: str = ""  # what the newest share builds on
    waits: list[Gap] = field(default_factory=list)  # of shares, from when they were sent
    _sent: dict[tuple, dict[int, int]] = field(default_factory=dict)  # when, by channel, unanswered
    _accepted: dict[tuple, int] = field(default_factory=dict)  # the last one, by channel
    _refused: set[tuple] = field(default_factory=set)
    _targets: dict[bytes, int] = field(default_factory=dict)  # by nbits as they travel
    _newest: bytes = b""
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
        self._newest = b""
        for line in lines:
            self._take(line)
        if self._newest:
            self.prev_hash = _reversed(self._newest[8:72])
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
            if share := _SHARE.search(line):
                self._take_share(share, int(match[2]))
        elif event == b"success":
            if found := _ACCEPTED.search(line):
                self._accepted[found[1], found[2]] = int(found[3])
                sent = self._sent.get((found[1], found[2]), {})
                while sent and next(iter(sent)) <= int(found[3]):
                    self._take_wait(sent.pop(next(iter(sent))), int(match[2]))
        elif event == b"error":
            if found := _REJECTED.search(line):
                self._refused.add((found[1], found[2], int(found[3])))
                sent = self._sent.get((found[1], found[2]), {})
                if int(found[3]) in sent:
                    self._take_wait(sent.pop(int(found[3])), int(match[2]))
            code = _ERROR_CODE.search(line)
            self.rejected[code[1].decode() if code else "?"] += 1
        elif event == b"answer" and b'"result":false' in line:
            code = _CODE.search(line)
            self.rejected[code[1].decode() if code else "?"] += 1
        elif event == b"connected":
            self.connections += 1
        elif event == b"connection_lost":
            self.losses += 1

    def _take_wait(self, sent: int, answered: int) -> None:
        if answered - sent >= WAIT_MIN_US:
            self.waits.append(Gap(sent, answered))

    def _take_share(self, share: re.Match, sent: int) -> None:
        self._sent.setdefault((share[1], share[2]), {})[int(share[3])] = sent
        header, nbits = share[4], share[4][144:152]
        self._newest = header
        if nbits not in self._targets:
            self._targets[nbits] = network_target(int(_reversed(nbits), 16))
        if int(share[5], 16) <= self._targets[nbits]:
            self.blocks.append(Block(share[5].decode(), (share[1], share[2]), int(share[3]),
                                     _reversed(header[8:72])))

    def answered_blocks(self) -> list[Block]:
        """Those that the pool has certainly got: it has answered them, in whatever way."""
        return [block for block in self.blocks
                if block.sequence <= self._accepted.get(block.channel, -1)
                or self.is_refused(block)]

    def is_refused(self, block: Block) -> bool:
        return (*block.channel, block.sequence) in self._refused

    def is_answered_since(self, moment: int) -> bool:
        return bool(self.answers) and self.answers[-1] > moment

    def gaps_touching(self, start: int, end: int) -> list[Gap]:
        return [Gap(before, after) for before, after in zip(self.answers, self.answers[1:])
                if before < end and start < after]

    def waits_touching(self, start: int, end: int) -> list[Gap]:
        return [wait for wait in self.waits if wait.start < end and start < wait.end]


def longest(gaps: list[Gap]) -> float:
    """Seconds; 0 when there is none."""
    return max((gap.seconds for gap in gaps), default=0.0)
