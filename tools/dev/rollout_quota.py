"""A bound on the CPU of a process, as a container's limit is one: a cgroup of version 1 or 2 with a
quota of each 100 ms."""

import contextlib
import os
import time
from pathlib import Path

PERIOD_US = 100_000
# In cores: the kernel takes a millisecond of each period at least.
QUOTA_MIN = 0.01
PREFIX = "adit-rollout-"
_REMOVED_WITHIN_S = 2.0


class NoQuota(Exception):
    """Why there are no quotas here."""


def _own(line: str) -> tuple[list[str], str]:
    _, controllers, path = line.split(":", 2)
    return controllers.split(","), path.strip("/")


def _roots() -> list[tuple[Path, bool]]:
    """Where a group with a quota may be made: a folder, and whether it is of version 1."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    own = [_own(line) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    found = []
    for _, where, kind, options, *_ in mounts:
        if kind == "cgroup" and "cpu" in options.split(","):
            found += [(Path(where) / path, True) for names, path in own if "cpu" in names]
            found.append((Path(where), True))
        elif kind == "cgroup2":
            for names, path in own:
                if names == [""]:
                    # A group with processes has no groups with quotas below it, but beside it.
                    found += [(Path(where) / path, False), ((Path(where) / path).parent, False)]
    return found


def _remove_left_behind(root: Path) -> None:
    """By a run that was killed."""
    for group in root.glob(f"{PREFIX}*"):
        if not Path(f"/proc/{group.name.removeprefix(PREFIX).partition('-')[0]}").exists():
            with contextlib.suppress(OSError):
                group.rmdir()


class Quotas:
    """Raises NoQuota where none can be set."""

    def __init__(self):
        self.groups: list[Path] = []  # that were made
        reasons = []
        for self._root, self._is_v1 in _roots():
            try:
                _remove_left_behind(self._root)
                self.limit(self.group("probe"), 0.5)
                self.close()
                return
            except OSError as error:
                reasons.append(f"{error.filename}: {error.strerror}")
        self.close()
        raise NoQuota("no cgroup with a CPU quota can be made: " + ("; ".join(reasons) or
                      "no cgroup file system has the cpu controller"))

    def group(self, name: str) -> Path:
        group = self._root / f"{PREFIX}{os.getpid()}-{name}"
        if not self._is_v1 and "cpu" not in (self._root / "cgroup.subtree_control").read_text():
            (self._root / "cgroup.subtree_control").write_text("+cpu")
        group.mkdir()
        self.groups.append(group)
        return group

    def limit(self, group: Path, cores: float) -> None:
        quota = round(cores * PERIOD_US)
        if self._is_v1:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")

    @staticmethod
    def prefix(group: Path) -> list:
        """Before a command that is to run in it."""
        return ["sh", "-c", f'echo $$ >"{group}/cgroup.procs" && exec "$@"', "sh"]

    def close(self) -> None:
        """After its processes have ended."""
        deadline = time.monotonic() + _REMOVED_WITHIN_S
        while self.groups:
            group = self.groups[-1]
            try:
                group.rmdir()
            except OSError:
                if time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
            self.groups.pop()
