"""The miners of ./dev rollout: adit-loadgen in a namespace of its own. They know one address."""

import json
import signal
import subprocess
import time
from pathlib import Path

import children
from console import Failure
from rollout_world import Namespace

STOP_PATIENCE_S = 60.0
RAMP_S = 4


class Load:
    def __init__(self, program: Path, folder: Path, miners: Namespace, url: str, connections: int,
                 share_rate: float, name: str = "miners"):
        self.journal = folder / f"{name}.journal"
        self._summary = folder / f"{name}.json"
        self._status = folder / f"{name}.status"
        self._log = folder / f"{name}.log"
        self.connections = connections
        command = [*miners.prefix, program, "--url", url, "--user", "rollout", "--miners", connections,
                   "--channels", "mixed", "--share-rate", share_rate, "--ramp", f"{RAMP_S}s",
                   "--journal", self.journal, "--summary", self._summary]
        with self._status.open("wb") as status, self._log.open("wb") as log:
            self._process = children.start(command, stdout=status, stderr=log)
        self._began: float | None = None
        self._is_stopped = False

    def now(self) -> float:
        return self.at(time.monotonic())

    def at(self, moment: float) -> float:
        """A monotonic moment in seconds of its time, as its summary has them."""
        return moment - (self._began or moment)

    def status(self) -> dict:
        """The last whole line that it said; empty before the first. Asked often, it also tells when
        its time began: no line was seen before it was written."""
        with self._status.open("rb") as file:
            file.seek(max(0, self._status.stat().st_size - 4096))
            lines = file.read().split(b"\n")
        if len(lines) < 2 or not lines[-2].startswith(b"{"):
            return {}
        said = json.loads(lines[-2])
        began = time.monotonic() - said["seconds"]
        self._began = min(self._began or began, began)
        return said

    def all_work(self) -> bool:
        return self.status().get("working", 0) >= self.connections

    def check_living(self) -> None:
        if not self._is_stopped and self._process.poll() is not None:
            raise Failure(f"adit-loadgen ended by itself with {self._process.returncode}: "
                          f"{self._log.read_text(errors='replace').strip()[-500:]}")

    def stop(self) -> dict:
        """Waits for the last answers; returns the summary."""
        self.check_living()
        self._is_stopped = True
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired as error:
            raise Failure("adit-loadgen did not stop when asked") from error
        if status != 0:
            raise Failure(f"adit-loadgen ended with status {status}; see {self._log}")
        return json.loads(self._summary.read_text())
