"""How soon a pool of ./dev chaos says itself what is wrong: what adit-admin names, looked at all the
time."""

import threading
import time
from collections.abc import Callable

from chaos_pool import Pool

LOOK_EVERY_S = 0.1


class Watch(threading.Thread):
    """From its start until the first problem that `claim` takes, or stop()."""

    def __init__(self, pool: Pool, claim: Callable[[dict], bool]):
        super().__init__(daemon=True)
        self._pool = pool
        self._claim = claim
        self._is_over = threading.Event()
        self._began = time.monotonic()
        self.took_s: float | None = None
        self.named = ""  # its kind

    def run(self) -> None:
        while not self._is_over.wait(LOOK_EVERY_S):
            for problem in self._pool.problems():
                if self._claim(problem):
                    self.took_s, self.named = time.monotonic() - self._began, problem["kind"]
                    return

    def stop(self) -> "Watch":
        self._is_over.set()
        self.join()
        return self
