"""Child processes that cannot be left behind: they die with us, also on kill -9, and what they
leave behind becomes ours to end."""

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """Grandchildren whose parent dies become our children instead of init's."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def dies_with_parent():
    """For preexec_fn: the kernel kills the child when the thread that started it is gone."""
    parent = os.getpid()

    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return prepare


def start(command: list, **options) -> subprocess.Popen:
    """A child in a session of its own, so that Ctrl-C reaches us alone and we end it in order."""
    return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                            start_new_session=True, preexec_fn=dies_with_parent(), **options)


def _children_of(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        if int(text.rpartition(")")[2].split()[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def end_all(patience_s: float = 5.0) -> int:
    """Ends every child that still runs, with those that they leave behind; returns how many."""
    ended = set()
    deadline = time.monotonic() + patience_s
    while running := _children_of(os.getpid()):
        how = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        for pid in running:
            try:
                if pid not in ended or how == signal.SIGKILL:
                    os.kill(pid, how)
                ended.add(pid)
            except ProcessLookupError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            break
        time.sleep(0.02)
    return len(ended)
