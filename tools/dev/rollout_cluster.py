"""What Kubernetes does for pods: addresses, probes, names, endpoints, and restarts in turn.

A name has the addresses of all its pods that are there, ready or not (publishNotReadyAddresses). The
service of the miners has those that are ready and not on the way out. Both change some time after
what they tell of, as they do in a cluster."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from console import Failure, say
from rollout_balancer import Balancer
from rollout_names import Names
from rollout_pod import Pod, Workload
from rollout_world import World

TICK_S = 0.1
PROBE_EVERY_S = 0.5
# Until names and balancer have heard of a change.
PROPAGATION_S = 1.0
READY_WITHIN_S = 60.0


class Cluster:
    def __init__(self, world: World, folder: Path, balanced: str, balancer: Balancer,
                 names: Names | None = None):
        """`balanced` is the workload that the miners' service has."""
        self._world = world
        self._folder = folder
        self._balanced = balanced
        self._balancer = balancer
        self._names = names or Names()
        self._probers = ThreadPoolExecutor(max_workers=8)
        self._probe_at = 0.0
        self._coming: list[tuple[float, dict, list]] = []  # due at, names, endpoints
        self._last: tuple[dict, list] | None = None
        self._watchers: list[Callable[[], None]] = []
        self.pods: list[Pod] = []
        self.problems: list[str] = []

    def of(self, workload: str) -> list[Pod]:
        return [pod for pod in self.pods if pod.workload.name == workload]

    def pod(self, name: str) -> Pod:
        return next(pod for pod in self.pods if pod.name == name)

    def each_turn(self, watcher: Callable[[], None]) -> None:
        """Is called at every turn of a wait."""
        self._watchers.append(watcher)

    def start(self, workload: Workload, name: str, prefix: list | None = None) -> Pod:
        """Its namespace stays for as long as it runs; its folder, as a volume, for the next one."""
        pod = Pod(workload, name, self._world.add_pod(name), self._folder / name,
                  prefix=prefix or [])
        self.pods.append(pod)
        pod.start()
        return pod

    def stop(self, pod: Pod) -> None:
        """As a pod is deleted; returns when it has ended."""
        pod.workload.before_stop(pod)
        pod.ask_to_stop()
        self.wait_until(lambda: pod not in self.pods, f"{pod.name} to end",
                        pod.workload.grace_s + 10)

    def restart(self, pod: Pod) -> Pod:
        """Returns the pod that took its place, ready."""
        if pod.workload.is_surging:
            new = self.start(pod.workload, next_name(pod.name), pod.prefix)
            self.wait_ready([new])
            self.stop(pod)
        else:
            self.stop(pod)
            new = self.start(pod.workload, pod.name, pod.prefix)
            self.wait_ready([new])
        return new

    def wait_ready(self, pods: list[Pod], patience_s: float = READY_WITHIN_S) -> None:
        self.wait_until(lambda: all(pod.is_ready for pod in pods),
                        ", ".join(pod.name for pod in pods) + " to be ready", patience_s)

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.turn()

    def wait_until(self, claim, what: str, patience_s: float = READY_WITHIN_S) -> None:
        deadline = time.monotonic() + patience_s
        while not claim():
            if time.monotonic() > deadline:
                raise Failure(f"waited {patience_s:.0f} s for {what}; see {self._folder}")
            self.turn()

    @property
    def is_settled(self) -> bool:
        """Names and balancer have heard of everything."""
        return not self._coming

    def turn(self) -> None:
        began = time.monotonic()
        if began >= self._probe_at:
            self._probe_at = began + PROBE_EVERY_S
            list(self._probers.map(Pod.probe, [pod for pod in self.pods if pod.is_running]))
        for pod in list(self.pods):
            self._look_at(pod)
        self._publish()
        for watcher in self._watchers:
            watcher()
        time.sleep(max(0.0, TICK_S - (time.monotonic() - began)))

    def _look_at(self, pod: Pod) -> None:
        if pod.is_overdue:
            self.problems.append(f"{pod.name} had not ended {pod.workload.grace_s:.0f} s after it "
                                 "was asked to")
            say(f"  {self.problems[-1]}; killed")
            pod.kill()
        if pod.is_running:
            return
        if not pod.is_terminating:
            raise Failure(f"{pod.name} ended by itself: {pod.end_text()}")
        pod.ended_at = time.monotonic()
        self.pods.remove(pod)
        self._world.remove(pod.namespace)

    def _publish(self) -> None:
        names: dict[str, list[str]] = {}
        for pod in self.pods:
            names.setdefault(pod.workload.service, []).append(pod.address)
            names.setdefault(pod.host, []).append(pod.address)
        endpoints = [pod.address for pod in self.of(self._balanced)
                     if pod.is_ready and not pod.is_terminating]
        now = time.monotonic()
        if (names, endpoints) != self._last:
            self._last = names, endpoints
            self._coming.append((now + PROPAGATION_S, names, endpoints))
        while self._coming and self._coming[0][0] <= now:
            _, names, endpoints = self._coming.pop(0)
            self._names.set(names)
            self._balancer.set(endpoints)


def next_name(name: str) -> str:
    """Of the pod that replaces one of a Deployment: gateway-1, gateway-1b, gateway-1c."""
    if name[-1].isdigit():
        return name + "b"
    return name[:-1] + chr(ord(name[-1]) + 1)
