"""One process of the pool: how it is started, how it is restarted, and how it ends."""

import signal
import subprocess
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import children
from up_scrape import HOST

DEATHS_MAX = 5
DEATHS_WITHIN_S = 30.0
BACKOFF_MAX_S = 5.0


@dataclass(frozen=True)
class Spec:
    """What to run. `http` is the port of /readyz and /metrics; a process without one is ready
    when it runs, unless `is_ready` knows better."""

    name: str
    command: list
    http: int | None = None
    is_ready: object = None  # a function without arguments
    stage: int = 1           # started in this order, stopped in the reverse
    host: str = HOST         # where `http` is


@dataclass
class Child:
    spec: Spec
    log: Path
    restarts: int = 0
    state: str = "not started"
    restart_at: float | None = None
    silent_s: float = 0.0  # for how long it has not answered while we asked
    _deaths: deque = field(default_factory=deque)
    _process: subprocess.Popen | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self._process = children.start(self.spec.command, stdout=out,
                                           stderr=subprocess.STDOUT, cwd=self.log.parent)
        self.state = "starting"
        self.restart_at = None
        self.silent_s = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def has_died(self) -> bool:
        """Ended, and not yet taken note of by died()."""
        return self._process is not None and self._process.poll() is not None

    def died(self, now: float) -> str:
        """Takes note of the end and plans the restart; returns how it ended."""
        how = _how_it_ended(self._process.returncode)
        self._process = None
        self._deaths.append(now)
        while self._deaths and now - self._deaths[0] > DEATHS_WITHIN_S:
            self._deaths.popleft()
        self.restart_at = now + min(BACKOFF_MAX_S, 0.2 * 2 ** (len(self._deaths) - 1))
        self.state = "died"
        return how

    @property
    def is_hopeless(self) -> bool:
        return len(self._deaths) >= DEATHS_MAX

    def send(self, number: signal.Signals) -> None:
        if self.is_running:
            self._process.send_signal(number)

    def wait(self, seconds: float) -> None:
        """Until it has ended, at most so long."""
        if self._process is not None:
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass

    def what_it_does(self) -> str:
        """As the kernel sees it."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return "gone"
        state = stat.rpartition(")")[2].split()[0]
        return {"T": "stopped (SIGSTOP)", "t": "stopped by a debugger", "D": "waiting for a disk",
                "R": "running, but its loop does not turn"}.get(state, "alive, but its loop does not "
                                                                       "turn")

    def last_line(self) -> str:
        """The last thing that it said, without its time stamp's noise; "" if nothing."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - 4096))
                lines = log.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _how_it_ended(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
