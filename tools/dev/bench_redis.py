"""The Redis of a pool that is measured: what it says of itself, and its append-only file."""

import re
import subprocess
import time
from dataclasses import dataclass

from console import Failure
from processes import Process

# What the file has grown by since it was written anew, as a part of what makes Redis write it anew.
WORTH_REWRITING = 0.25
REWRITE_MAX_S = 60


@dataclass(frozen=True)
class Rewrite:
    """Of the append-only file, while nothing else is done."""

    seconds: float
    grown: int  # bytes that had come since the one before


class Redis:
    def __init__(self, process: Process):
        self._port = process.port

    def ask(self, *words: str) -> str:
        return subprocess.run(["redis-cli", "-p", str(self._port), *words], check=True, text=True,
                              capture_output=True).stdout

    def keep_file(self) -> None:
        """Its file only grows: what is written in a minute would else be gone in the next."""
        self.ask("config", "set", "auto-aof-rewrite-percentage", "0")

    def sizes(self) -> dict[str, int]:
        logs = self.ask("mget", *(f"{{p{number}}}:log:bytes" for number in range(16)))
        return {"memory": self._number("used_memory"), "file": self._number("aof_current_size"),
                "log": sum(int(line) for line in logs.split() if line.isdigit())}

    def rewrite_if_worth_it(self) -> Rewrite | None:
        """Has it write its file anew if it would before long. By itself it does so when the file has
        doubled, with half of a small machine's processors, for seconds."""
        self._wait_for_rewrite()
        grown = self._number("aof_current_size") - self._number("aof_base_size")
        smallest = int(self.ask("config", "get", "auto-aof-rewrite-min-size").split()[1])
        if grown < WORTH_REWRITING * max(smallest, self._number("aof_base_size")):
            return None
        began = time.monotonic()
        self.ask("bgrewriteaof")
        self._wait_for_rewrite()
        if "aof_last_bgrewrite_status:ok" not in self.ask("info"):
            raise Failure("Redis could not write its file anew; its log says why")
        return Rewrite(time.monotonic() - began, grown)

    def _wait_for_rewrite(self) -> None:
        until = time.monotonic() + REWRITE_MAX_S
        while self._number("aof_rewrite_in_progress") or self._number("aof_rewrite_scheduled"):
            if time.monotonic() > until:
                raise Failure(f"Redis has written its file anew for {REWRITE_MAX_S} s")
            time.sleep(0.02)

    def _number(self, name: str) -> int:
        """Of INFO."""
        return int(re.search(rf"^{name}:(\d+)", self.ask("info"), re.MULTILINE).group(1))
