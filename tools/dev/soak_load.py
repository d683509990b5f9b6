"""The SV1 miners of ./dev soak: adit-loadgen, what it says while it runs, and its summary."""

import json
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import children
from console import Failure

STOP_PATIENCE_S = 30.0
HASH_RATES = "200:2k"


@dataclass(frozen=True)
class Crowd:
    """Who comes beside the miners that stay."""

    joiners: int
    duplicating: int
    wrong_workers: int
    never_reads: int = 1
    half_lines: int = 1
    floods: int = 1
    silent: int = 5

    @staticmethod
    def beside(miners: int) -> "Crowd":
        """One in five comes and goes, one in fifty cheats."""
        few = max(1, miners // 50)
        return Crowd(joiners=max(2, miners // 5), duplicating=few, wrong_workers=few)

    @property
    def strangers(self) -> int:
        return self.never_reads + self.half_lines + self.floods + self.silent


class Load:
    def __init__(self, program: Path, folder: Path, port: int, miners: int, crowd: Crowd,
                 shares_per_minute: float, seed: int):
        self.journal = folder / "miners.journal"
        self._summary = folder / "miners.json"
        self._status = folder / "miners.status"
        self._log = folder / "miners.log"
        command = [program, "--url", f"stratum+tcp://127.0.0.1:{port}", "--user", "soak",
                   "--miners", miners, "--hash-rate", HASH_RATES, "--suggest", shares_per_minute,
                   "--joiners", crowd.joiners, "--stay", "20s", "--ramp", "3s",
                   "--duplicating", crowd.duplicating, "--wrong-workers", crowd.wrong_workers,
                   "--never-reads", crowd.never_reads, "--half-lines", crowd.half_lines,
                   "--floods", crowd.floods, "--silent", crowd.silent, "--spread-addresses",
                   "--journal", self.journal, "--summary", self._summary, "--seed", seed]
        with self._status.open("wb") as status, self._log.open("wb") as log:
            self._process = children.start(command, stdout=status, stderr=log)

    def status(self) -> dict:
        """The last whole line that it said; empty before the first."""
        with self._status.open("rb") as file:
            file.seek(max(0, self._status.stat().st_size - 4096))
            lines = file.read().split(b"\n")
        return json.loads(lines[-2]) if len(lines) > 1 and lines[-2].startswith(b"{") else {}

    def check_living(self) -> None:
        if self._process.poll() is not None:
            raise Failure(f"adit-loadgen ended by itself with {self._process.returncode}: "
                          f"{self._log.read_text(errors='replace').strip()[-500:]}")

    def stop(self) -> dict:
        """Waits for the last answers; returns the summary."""
        self.check_living()
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired as error:
            raise Failure("adit-loadgen did not stop when asked") from error
        if status != 0:
            raise Failure(f"adit-loadgen ended with status {status}; see {self._log}")
        return json.loads(self._summary.read_text())
