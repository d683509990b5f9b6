"""The machine as ./dev bench pool wants it: like a server that is set up for latency, and without
what others do on it. Whatever is not permitted is left, and said.

    with Machine() as machine:
        machine.has      what was had, in words
        machine.lacks    what was not, and why
"""

import contextlib
import os
import struct
from pathlib import Path

import own_network
from console import Failure

# The kernel's interface for it (Documentation/power/pm_qos_interface.rst): as long as the file is
# open with a zero written to it, a core that has nothing to do looks for work instead of halting.
# tuned's profile latency-performance does the same.
LATENCY = Path("/dev/cpu_dma_latency")
NICE = -20
AWAKE, FIRST, APART = "idle cores poll", f"nice {NICE}", "a network namespace of its own"


class Machine(contextlib.AbstractContextManager):
    def __init__(self, latency: Path = LATENCY, nice=os.nice, leave=own_network.leave_machine):
        self._latency = latency
        self._awake: int | None = None
        self.has: list[str] = []
        self.lacks: list[str] = []
        # The file first: who leaves without being root is nobody outside afterwards.
        self._attempt(AWAKE, self._wake)
        self._attempt(FIRST, lambda: nice(NICE - nice(0)))
        # The rules of a firewall, and what it remembers of each connection, stay behind.
        self._attempt(APART, leave)

    def _attempt(self, what: str, step) -> None:
        try:
            step()
            self.has.append(what)
        except (OSError, Failure, own_network.Refused) as error:
            self.lacks.append(f"{what}: {error}")

    def _wake(self) -> None:
        self._awake = os.open(self._latency, os.O_WRONLY)
        os.write(self._awake, struct.pack("=i", 0))

    @property
    def is_awake(self) -> bool:
        return self._awake is not None

    @contextlib.contextmanager
    def asleep(self):
        """Idle cores halt meanwhile, as they do where nobody has asked for anything else."""
        was_awake = self.is_awake
        self._let_sleep()
        try:
            yield
        finally:
            if was_awake:
                self._wake()

    def _let_sleep(self) -> None:
        if self._awake is not None:
            os.close(self._awake)
            self._awake = None

    def __exit__(self, *_) -> None:
        self._let_sleep()
