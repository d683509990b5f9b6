"""A full node for tests: bcoin on regtest, in memory, on loopback, without peers.

    with bcoin.Node(folder) as node:
        node.mature()
        node.rpc("getblockcount")

bcoin comes from the npm registry, into `folder`, once. Missing programs and a registry that cannot
be reached raise Unavailable, whose text says why; tests skip with it.
"""

import base64
import contextlib
import fcntl
import http.client
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from processes import free_port

VERSION = "1.0.2"
API_KEY = "test"
# Version bits are locked in and active after three periods of 144 blocks: before that,
# getblocktemplate knows no segwit.
SEGWIT_HEIGHT = 432
START_SECONDS = 60
RPC_SECONDS = 120

HERE = Path(__file__).resolve().parent


class Unavailable(Exception):
    """There is no node to test with, and why."""


class RpcError(Exception):
    """The node's own error."""

    def __init__(self, method: str, error: dict):
        super().__init__(f"{method}: {error.get('message')} ({error.get('code')})")
        self.code = error.get("code")


def install(folder: Path) -> Path:
    """Puts bcoin into the folder unless it is there; returns its program."""
    program = folder / "node_modules" / "bcoin" / "bin" / "node"
    done = folder / f"bcoin-{VERSION}.installed"
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            raise Unavailable(f"{name} is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run side by side
        if done.exists() and program.exists():
            return program
        try:
            # Without install scripts: bcoin's native parts are optional, see bcoin_preload.js.
            run = subprocess.run(
                ["npm", "install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund",
                 "--prefix", str(folder), f"bcoin@{VERSION}"],
                capture_output=True, text=True, timeout=300, check=False)
        except subprocess.TimeoutExpired as error:
            raise Unavailable("npm install bcoin took more than 300 s") from error
        if run.returncode != 0 or not program.exists():
            lines = (run.stderr or run.stdout).strip().splitlines() or ["no output"]
            raise Unavailable(f"npm install bcoin@{VERSION} failed: {lines[-1]}")
        done.touch()
    return program


class Node(contextlib.AbstractContextManager):
    """A running node. `url`, `user` and `password` are for who speaks JSON-RPC to it."""

    def __init__(self, folder: Path, network: str = "regtest"):
        program = install(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.user = "any"
        self.password = API_KEY
        self._log = open(folder / f"node-{self.port}.log", "w", encoding="utf-8")
        self._process = subprocess.Popen(
            ["node", "-r", str(HERE / "bcoin_preload.js"), str(program), f"--network={network}",
             "--memory=true", f"--prefix={folder / 'data'}", "--no-wallet", "--listen=false",
             "--max-outbound=1", "--no-dns", "--bip37=false", "--log-level=info",
             "--http-host=127.0.0.1", f"--http-port={self.port}", f"--api-key={API_KEY}"],
            env={**os.environ, "NODE_BACKEND": "js"}, stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=subprocess.STDOUT)
        self._wait_until_it_answers()

    def __exit__(self, *_):
        self.stop()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def rpc(self, method: str, *params):
        """The result of one call. Raises RpcError for the node's error, OSError without a node."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=RPC_SECONDS)
        try:
            token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            connection.request(
                "POST", "/", json.dumps({"id": 1, "method": method, "params": list(params)}),
                {"Content-Type": "application/json", "Authorization": f"Basic {token}"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if answer.get("error"):
            raise RpcError(method, answer["error"])
        return answer["result"]

    def address(self) -> str:
        """An address in bcoin's own form, whose key nobody has."""
        script = "0014" + "11" * 20
        return self.rpc("decodescript", script)["addresses"][0]

    def mature(self, height: int = SEGWIT_HEIGHT) -> None:
        """Mines until getblocktemplate speaks segwit."""
        address = self.address()
        while (left := height - self.rpc("getblockcount")) > 0:
            self.rpc("generatetoaddress", min(left, 50), address)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.rpc("getblockcount")
                return
            except (OSError, ValueError, http.client.HTTPException) as error:
                if self._process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.1)
                    continue
                self.stop()
                raise Unavailable(f"bcoin does not start, see {self._log.name}: {error}") from error
