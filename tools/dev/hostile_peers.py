"""The programs of ./dev hostile: miners that behave, and peers that do not."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import children
from console import Failure


@dataclass(frozen=True)
class Kind:
    """A hostile peer. Each phase with it is long enough for all that it does: until its 1 MiB of
    answers are there and it is closed, until it has its 10,000 channels and starts again, until
    the handshakes' deadline has passed. `least` is what it must have done a second, in `deeds`, for
    the phase to count as disturbed."""

    what: str
    words: tuple
    phase_s: float
    deeds: str
    least: float


KINDS = {
    "never-reads": Kind("a peer that asks and never reads", ("never-reads",), 12, "messages", 500),
    "byte-a-second": Kind("one that reads a byte a second", ("byte-a-second",), 12, "messages",
                          500),
    "opens": Kind("one that opens channels without end", ("opens",), 12, "messages", 200),
    "silent": Kind("a thousand that connect and say nothing", ("silent", "--count", 1000), 12,
                   "connections", 80),
}


@dataclass(frozen=True)
class Deeds:
    connections: int
    messages: int


class Peers:
    """A process that answers each line with one line, and ends with its stdin."""

    def __init__(self, program: Path, url: str, *words, prepare=lambda: None):
        dies_with_parent = children.dies_with_parent()

        def before() -> None:
            dies_with_parent()
            prepare()

        self._what = str(words[0])
        self._process = subprocess.Popen(
            [program, "--url", url, *(str(word) for word in words)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, preexec_fn=before)

    def ask(self) -> list[str]:
        try:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self._process.stdout.readline().split()
        if not answer:
            raise Failure(f"{self._what} ended by itself with {self._process.wait(10)}")
        return answer

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Steady(Peers):
    """The miners that behave."""

    def __init__(self, program: Path, url: str, miners: int, rate: float):
        super().__init__(program, url, "steady", "--miners", miners, "--rate", rate)

    def mark(self) -> list[float]:
        """How long each answer since the last mark took, in microseconds; those that are still
        owed, how long they have been so far."""
        lost, *waited = self.ask()
        if int(lost) != 0:
            raise Failure(f"{lost} well-behaved miners lost their connection")
        return [float(one) for one in waited]


class Hostile(Peers):
    """A peer of another machine: it gets the CPU that is idle here, and takes none from the pool
    and its miners, which would be no doing of the pool's."""

    def __init__(self, program: Path, url: str, kind: str):
        super().__init__(program, url, *KINDS[kind].words, prepare=_run_when_idle)

    def deeds(self) -> Deeds:
        return Deeds(*map(int, self.ask()))


def _run_when_idle() -> None:
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
