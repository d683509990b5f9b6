"""Keeps the pool's processes running, and ends them in order."""

import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from console import Failure
from up_child import DEATHS_MAX, DEATHS_WITHIN_S, Child, Spec
from up_scrape import Totals, get, parse_metrics

READY_WITHIN_S = 30.0
# A watchdog.turn_max of 10 s, and half as long again for a machine that is busy.
WEDGED_AFTER_S = 15.0
# Whoever asks is stopped or asleep now and then himself: no more than this counts as silence.
SILENCE_A_LOOK_MAX_S = 3.0
STOP_PATIENCE_S = 10.0
KILL_PATIENCE_S = 5.0


class Supervisor:
    """`wait` pauses for so many seconds or until something happens, and raises KeyboardInterrupt
    when the pool is asked to stop; `tell` prints one line for the operator. A process whose loop
    does not answer for `wedged_after_s` is killed, and started again; None: never."""

    def __init__(self, folder: Path, wait: Callable[[float], None], tell: Callable[[str], None],
                 totals: Totals, now: Callable[[], float] = time.monotonic,
                 wedged_after_s: float | None = None):
        self._wedged_after_s = wedged_after_s
        self._looked_at: float | None = None
        self._folder = folder
        self._wait = wait
        self._tell = tell
        self._now = now
        self._scrapers = ThreadPoolExecutor(max_workers=8)
        self.children: list[Child] = []
        self.totals = totals

    @property
    def restarts(self) -> int:
        return sum(child.restarts for child in self.children)

    def start(self, spec: Spec) -> None:
        child = Child(spec, self._folder / f"{spec.name}.log")
        self.children.append(child)
        child.start()

    def wait_until_ready(self, names: list[str]) -> None:
        """Raises Failure if one of them ends or is not ready in time."""
        deadline = self._now() + READY_WITHIN_S
        for child in [child for child in self.children if child.spec.name in names]:
            while True:
                if child.has_died:
                    how = child.died(self._now())
                    raise Failure(f"{child.spec.name} did not start ({how}): {child.last_line()} "
                                  f"(all of it: {child.log})")
                self._look_at(child)
                if child.state == "ready":
                    break
                if self._now() > deadline:
                    raise Failure(f"{child.spec.name} is not ready after {READY_WITHIN_S:.0f} s "
                                  f"({child.state}); see {child.log}")
                self._wait(0.1)

    def tend(self) -> None:
        """One round: reports and restarts the dead. Raises Failure when one dies too often."""
        for child in self.children:
            if self._is_wedged(child):
                self._tell(f"{child.spec.name} has not answered for {child.silent_s:.0f} s, it is "
                           f"{child.what_it_does()}; killing it (--no-restart-wedged leaves it)")
                child.silent_s = 0.0
                child.send(signal.SIGKILL)
                child.wait(KILL_PATIENCE_S)
            if child.has_died:
                self._bury(child)
            if child.restart_at is not None and self._now() >= child.restart_at:
                self.totals.restarted(child.spec.name)
                child.restarts += 1
                child.start()

    def look(self) -> None:
        """Asks each process whether it is ready and what it has counted."""
        now = self._now()
        since = 0.0 if self._looked_at is None else now - self._looked_at
        self._looked_at = now
        for child in self.children:
            child.silent_s += min(since, SILENCE_A_LOOK_MAX_S)  # an answer takes it back
        list(self._scrapers.map(self._look_at, self.children))
        with_metrics = [child for child in self.children
                        if child.spec.http is not None and child.is_running]
        answers = self._scrapers.map(lambda child: get(child.spec.http, "/metrics", host=child.spec.host),
                                    with_metrics)
        for child, answer in zip(with_metrics, answers):
            if answer and answer[0] == 200:
                self.totals.observe(child.spec.name, parse_metrics(answer[1]))

    def stop(self, stage_min: int = 0) -> list[str]:
        """Ends the processes of this stage and later, the last stage first; returns the names of
        those that had to be killed."""
        killed = []
        for stage in sorted({child.spec.stage for child in self.children}, reverse=True):
            if stage < stage_min:
                continue
            group = [child for child in self.children if child.spec.stage == stage]
            for child in group:
                child.restart_at = None
                child.send(signal.SIGTERM)
            deadline = time.monotonic() + STOP_PATIENCE_S
            while any(child.is_running for child in group) and time.monotonic() < deadline:
                time.sleep(0.02)
            for child in group:
                if child.is_running:
                    killed.append(child.spec.name)
                    child.send(signal.SIGKILL)
                child.state = "stopped"
        return killed

    def _bury(self, child: Child) -> None:
        how = child.died(self._now())
        said = child.last_line()
        line = f"{child.spec.name} died ({how}); see {child.log}"
        if said:
            line += f"; its last line: {said}"
        if child.is_hopeless:
            raise Failure(f"{child.spec.name} died {DEATHS_MAX} times within "
                          f"{DEATHS_WITHIN_S:.0f} s, the last time with {how}: {said} "
                          f"(all of it: {child.log})")
        self._tell(f"{line}; starting it again")

    def _is_wedged(self, child: Child) -> bool:
        """Its loop answers HTTP, so who does not answer does not turn: wedged, or frozen."""
        if self._wedged_after_s is None or child.spec.http is None or not child.is_running:
            return False
        patience = max(self._wedged_after_s, READY_WITHIN_S if child.state == "starting" else 0.0)
        # Once more, with patience: it may only be slow.
        return child.silent_s > patience and get(child.spec.http, "/healthz", 3.0, child.spec.host) is None

    @staticmethod
    def _look_at(child: Child) -> None:
        if not child.is_running:
            return
        if child.spec.http is not None:
            answer = get(child.spec.http, "/readyz", host=child.spec.host)
            if answer is not None:
                child.silent_s = 0.0
            if answer is None:
                child.state = "starting" if child.state == "starting" else "no answer"
            else:
                child.state = "ready" if answer[0] == 200 else f"not ready: {answer[1].strip()}"
        elif child.spec.is_ready is not None:
            child.state = "ready" if child.spec.is_ready() else "starting"
        else:
            child.state = "ready"
