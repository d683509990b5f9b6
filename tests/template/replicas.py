"""Template replicas on one node, with a Redis of their own, and a subscriber of all of them."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import Process, Redis, Service, free_port, wait_until, write_secret

NOBODY = "6a"  # an output script that nobody can spend


class DevNode(Process):
    """The development chain as a node that replicas share."""

    def __init__(self, program: Path, folder: Path, *options: str):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.user, self.password = "any", "any"
        super().__init__([str(program), "--port", str(self.port), *options],
                         folder / "devnode.log")
        self.start()
        wait_until(lambda: "serving" in self.text(), "the development node")


class Replicas(contextlib.ExitStack):
    """So many replicas with a lease of half a second; each is started again with start()."""

    def __init__(self, program: Path, folder: Path, node, count: int = 2,
                 config: dict | None = None):
        super().__init__()
        self.folder = folder
        self.redis = self.enter_context(Redis(folder))
        write_secret(folder / "node.secret", f"{node.password}\n")
        grpc = [f"127.0.0.1:{free_port()}" for _ in range(count)]
        self.all = []
        for number, address in enumerate(grpc, 1):
            home = folder / f"replica-{number}"
            home.mkdir()
            self.all.append(self.enter_context(Service(program, home, {
                "replicas": grpc, "leader": {"lease": "500ms"},
                "nodes": [{"name": "node", "kind": "bitcoind", "url": node.url,
                           "user": node.user, "password_file": str(folder / "node.secret"),
                           "poll_interval": "20ms"}],
                "redis": {"address": self.redis.address}, "spool": {"directory": "spool"},
                "log": {"level": "debug"}, "listen": {"grpc": address}, **(config or {})})))
            self.all[-1].grpc = address

    def start(self) -> None:
        for replica in self.all:
            if not replica.is_running():
                replica.start()
        for replica in self.all:
            wait_until(replica.is_ready, "every replica to be ready")
        wait_until(lambda: all(replica.metric("adit_template_peers_in_sync") == len(self.all) - 1
                               for replica in self.all), "the replicas to follow each other")

    def ask_redis(self, *command: str) -> str:
        return subprocess.run(["redis-cli", "-p", str(self.redis.port), *command],
                              capture_output=True, text=True, check=True).stdout.strip()

    @property
    def addresses(self) -> str:
        return ",".join(replica.grpc for replica in self.all)

    def leader(self) -> Service:
        return wait_until(self._leader, "one replica to lead")

    def _leader(self) -> Service | None:
        leading = [replica for replica in self.all if replica.is_running()
                   and replica.metric("adit_template_leader") == 1]
        return leading[0] if len(leading) == 1 else None

    def followers(self) -> list[Service]:
        leader = self.leader()
        return [replica for replica in self.all if replica is not leader]


class Probe(contextlib.AbstractContextManager):
    """tests/template/replica_probe.cpp. `lines` is all that it has said."""

    def __init__(self, program: Path, addresses: str):
        self.lines: list[dict] = []
        self._process = subprocess.Popen([str(program), addresses], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout:
            if line.startswith("{"):  # the rest is its log
                self.lines.append(json.loads(line))

    def say(self, line: str) -> None:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def wait(self, claim, what: str, since: int = 0) -> dict:
        """The first line after `since` lines for which the claim holds."""
        return wait_until(lambda: next((line for line in self.lines[since:] if claim(line)), None),
                          what)

    def current(self) -> dict | None:
        return next((line for line in reversed(self.lines) if "template" in line), None)

    def solve(self) -> dict:
        """A solution of what is handed out now."""
        since = len(self.lines)
        self.say(f"solve {NOBODY}")
        return self.wait(lambda line: "solved" in line, "a solution", since)

    def submit(self, solution: dict) -> None:
        self.say(f"submit {solution['ref']} {solution['header']} {solution['coinbase']}")

    def wait_stored(self, solution: dict) -> dict:
        return self.wait(lambda line: line.get("stored") == solution["solved"], "a replica to "
                         "have the block on its disk")

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def now() -> float:
    """As the probe says it."""
    return time.monotonic()
