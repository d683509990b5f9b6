"""Runs fake_admin and aditctl against it."""

import contextlib
import json
import os
import subprocess
import threading
from pathlib import Path

PATIENCE = 60


class FakeAdmin(contextlib.AbstractContextManager):
    def __init__(self, program: str, *words: str):
        self._process = subprocess.Popen([program, *words], stdout=subprocess.PIPE, text=True)
        self.address = f"127.0.0.1:{self._process.stdout.readline().strip()}"
        self._lines: list[dict] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.append(json.loads(line))

    def requests(self, method: str) -> list[dict]:
        """What it was asked since the last time that somebody asked for this."""
        found = [line["request"] for line in list(self._lines) if line["method"] == method]
        self._lines = [line for line in self._lines if line["method"] != method]
        return found

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()


def environment(**more: str) -> dict:
    """Ours, but without what an operator's shell says of aditctl."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("ADIT_") and name != "NO_COLOR"}
    return {**kept, "TERM": "xterm", **more}


def run(aditctl: str, *words: object, cwd: Path | None = None,
        **more: str) -> subprocess.CompletedProcess:
    return subprocess.run([aditctl, *map(str, words)], capture_output=True, text=True, check=False,
                          timeout=PATIENCE, env=environment(**more), cwd=cwd,
                          stdin=subprocess.DEVNULL)
