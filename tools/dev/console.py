"""What the verbs say to who reads them: progress, results, and one clear line when it ends badly."""

import os
import shutil
import signal
import sys
import time

# Silence for longer looks like a standstill.
QUIET_MAX_S = 15.0


class Failure(Exception):
    """What is wrong and what to do, in one line."""


def is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def say(text: str) -> None:
    print(text, flush=True)


class Progress:
    """One line that changes on a terminal; elsewhere a line for each tenth, more when it is slow."""

    def __init__(self, what: str):
        self._what = what
        self._tenth = -1
        self._said_at = 0.0

    def show(self, done: int, total: int, detail: str = "") -> None:
        if is_terminal():
            width = shutil.get_terminal_size().columns - 1
            line = f"{self._what} {done}/{total} {detail}"[:width]
            print(f"\r\x1b[K{line}", end="", flush=True)
        elif total and (done * 10 // total != self._tenth
                        or time.monotonic() - self._said_at >= QUIET_MAX_S):
            self._tenth = done * 10 // total
            self._said_at = time.monotonic()
            say(f"{self._what} {done}/{total}")

    def clear(self) -> None:
        if is_terminal():
            print("\r\x1b[K", end="", flush=True)


def _stop(*_) -> None:
    raise KeyboardInterrupt


def run_verb(name: str, verb) -> None:
    """Runs a verb, which returns its result's text or raises Failure; exits the process. Whoever
    asks it to stop, by Ctrl-C or otherwise, it ends through its own `finally`."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    try:
        result = verb()
    except Failure as failure:
        say(f"{name}: FAILED: {failure}")
        sys.exit(1)
    except KeyboardInterrupt:
        say(f"{name}: stopped by you")
        sys.exit(130)
    say(f"{name}: {result}")
    sys.exit(0)
