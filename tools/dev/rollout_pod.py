"""One pod of ./dev rollout: a process with a network namespace and an address of its own. Started
again it is another pod, with another address."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import children
from console import Failure
from rollout_world import Namespace
from up_child import Child, Spec
from up_scrape import get, parse_metrics

# As kubelet: so many probes in a row that fail make a pod not ready.
FAILED_PROBES_MAX = 3
KILL_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Workload:
    """What runs as several pods of one kind. `command` and `is_ready` are of a pod; `prepare` writes
    into its folder what it needs, before each start. All of its pods have the name `service`, each
    has `POD.service` besides. `before_stop` runs before the pod is asked to stop."""

    name: str
    service: str
    command: Callable[["Pod"], list]
    is_ready: Callable[["Pod"], bool]
    prepare: Callable[["Pod"], None] = lambda _: None
    before_stop: Callable[["Pod"], None] = lambda _: None
    grace_s: float = 30.0
    # A Deployment's: the new pod is ready before the old one is asked to stop.
    is_surging: bool = False


@dataclass
class Pod:
    workload: Workload
    name: str
    namespace: Namespace
    folder: Path
    prefix: list = field(default_factory=list)  # before its command, besides the namespace's
    is_ready: bool = False
    asked_at: float | None = None  # monotonic, when it was asked to stop
    ended_at: float | None = None  # and when that was seen to have happened
    _failed: int = 0
    _child: Child | None = None

    @property
    def address(self) -> str:
        return self.namespace.address

    @property
    def host(self) -> str:
        """Its own name, which is the next pod's of the same name, too."""
        return f"{self.name}.{self.workload.service}"

    @property
    def pid(self) -> int:
        return self._child.pid

    def cpu_s(self) -> float:
        """Seconds of a core that it has used."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.workload.prepare(self)
        command = [*self.namespace.prefix, *self.prefix, *self.workload.command(self)]
        self._child = Child(Spec(self.name, command), self.folder / f"{self.name}.log")
        self._child.start()

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.is_running

    @property
    def is_terminating(self) -> bool:
        return self.asked_at is not None

    @property
    def is_overdue(self) -> bool:
        """Still there when its grace period has passed."""
        return (self.is_running and self.asked_at is not None
                and time.monotonic() - self.asked_at > self.workload.grace_s)

    def ask_to_stop(self) -> None:
        self.asked_at = time.monotonic()
        self._child.send(signal.SIGTERM)

    def kill(self) -> None:
        self._child.send(signal.SIGKILL)
        self._child.wait(KILL_PATIENCE_S)

    def probe(self) -> None:
        """Also from another thread."""
        if self.workload.is_ready(self):
            self._failed, self.is_ready = 0, True
        else:
            self._failed += 1
            if self._failed >= FAILED_PROBES_MAX:
                self.is_ready = False

    def end_text(self) -> str:
        return f"{self._child.last_line()} (all of it: {self._child.log})"

    def metrics(self, http: int) -> dict:
        answer = get(http, "/metrics", host=self.address)
        return parse_metrics(answer[1]) if answer and answer[0] == 200 else {}

    def metric(self, http: int, name: str) -> float:
        """The sum of its series of that name; 0 when it does not answer."""
        return sum(value for (metric, _), value in self.metrics(http).items() if metric == name)

    def run(self, command: list, timeout_s: float = 30.0) -> str:
        """What a command says that runs in its namespace; raises Failure when it fails."""
        done = subprocess.run([*self.namespace.prefix, *map(str, command)], text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout_s,
                              preexec_fn=children.dies_with_parent())
        if done.returncode != 0:
            raise Failure(f"{' '.join(map(str, command))} in {self.name}: {done.stdout.strip()}")
        return done.stdout


def http_ready(port: int) -> Callable[[Pod], bool]:
    """/readyz says so."""

    def is_ready(pod: Pod) -> bool:
        answer = get(port, "/readyz", host=pod.address)
        return answer is not None and answer[0] == 200

    return is_ready
