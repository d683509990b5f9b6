"""Bitcoin Core for tests: on regtest if not told otherwise, in a folder of the test, on loopback.

    with bitcoin_core.Node(folder) as node:
        node.generate(1)
        node.rpc("getblockcount")

The program is the one that ADIT_BITCOIND or ADIT_BITCOIN_NODE names, or one on the PATH. Without
it find() raises Unavailable, whose text says so; tests skip with it.
"""

import base64
import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from processes import free_port, wait_until

START_SECONDS = 60
RPC_SECONDS = 120
# A program of each kind: bitcoin-node alone listens for IPC.
PLACES = {"bitcoind": "ADIT_BITCOIND", "bitcoin-node": "ADIT_BITCOIN_NODE"}
# A script whose key nobody has.
NOBODY = "raw(6a)"


class Unavailable(Exception):
    """There is no Bitcoin Core to test with, and why."""


class RpcError(Exception):
    """The node's own error."""

    def __init__(self, method: str, error: dict):
        super().__init__(f"{method}: {error.get('message')} ({error.get('code')})")
        self.code = error.get("code")


def find(ipc: bool = False) -> Path:
    """The node's program; one that serves IPC when that is asked for."""
    kinds = ["bitcoin-node"] if ipc else ["bitcoind", "bitcoin-node"]
    for kind in kinds:
        if named := os.environ.get(PLACES[kind]):
            program = Path(named).resolve()
            if not os.access(program, os.X_OK):
                raise AssertionError(f"{PLACES[kind]}={named} is no program")
            return program
    for kind in kinds:
        if found := shutil.which(kind):
            return Path(found)
    raise Unavailable("no Bitcoin Core")


def version(program: Path) -> str:
    """Its own first line: "Bitcoin Core daemon version v31.0.0"."""
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]


class Node(contextlib.AbstractContextManager):
    """A running node. `url` and `cookie` are for who speaks JSON-RPC to it, `zmq` is where it
    announces blocks ("" where it does not), `ipc` its unix socket, `peer` where nodes reach it."""

    def __init__(self, folder: Path, *options: str, zmq: bool = True, ipc: bool = False,
                 chain: str = "regtest"):
        self.program = find(ipc)
        self.folder = Path(tempfile.mkdtemp(prefix="core-", dir=folder))
        self._take_ports(zmq)
        self.chain_folder = self.folder / ("" if chain == "main" else chain)
        self.cookie = self.chain_folder / ".cookie"
        # A unix socket's path may have 107 bytes.
        self.ipc = self.folder / "ipc.sock"
        self.options = options
        self._chain = chain
        self._has_ipc = ipc
        self._process = None
        for _ in range(3):
            try:
                self.start()
                return
            except AssertionError as error:
                # Somebody was quicker to take a port that was free.
                if "Unable to bind" not in str(error):
                    raise
                self._take_ports(zmq)
        self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self, *more: str) -> None:
        command = [str(self.program), f"-chain={self._chain}", f"-datadir={self.folder}", "-server",
                   "-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1", f"-rpcport={self.port}",
                   f"-bind={self.peer}", "-listenonion=0", "-dnsseed=0", "-fixedseeds=0",
                   "-discover=0", "-natpmp=0", "-fallbackfee=0.0001", "-printtoconsole=0"]
        if self.zmq:
            command.append(f"-zmqpubhashblock={self.zmq}")
        if self._has_ipc:
            command.append(f"-ipcbind=unix:{self.ipc}")
        with open(self.folder / "output.log", "ab") as log:
            self._process = subprocess.Popen([*command, *self.options, *more],
                                             stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=subprocess.STDOUT)
        self._wait_until_it_answers()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def suspend(self) -> None:
        """It keeps its sockets and answers nobody."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def rpc(self, method: str, *params, wallet: str | None = None):
        """The result of one call. Raises RpcError for the node's error, OSError without a node."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=RPC_SECONDS)
        try:
            token = base64.b64encode(self.cookie.read_bytes()).decode()
            connection.request(
                "POST", f"/wallet/{wallet}" if wallet is not None else "/",
                json.dumps({"id": 1, "method": method, "params": list(params)}),
                {"Content-Type": "application/json", "Authorization": f"Basic {token}"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if answer.get("error"):
            raise RpcError(method, answer["error"])
        return answer["result"]

    def generate(self, count: int = 1) -> list[str]:
        """Mines so many blocks for nobody; returns their hashes."""
        return self.rpc("generatetodescriptor", count, NOBODY)

    def tip(self) -> str:
        return self.rpc("getbestblockhash")

    def fund(self, wallet: str = "test", coins: int = 5) -> None:
        """Makes a wallet with so many coins to spend, of a coinbase each."""
        self.rpc("createwallet", wallet)
        self.rpc("generatetoaddress", coins, self.rpc("getnewaddress", wallet=wallet))
        self.generate(100)

    def pay(self, fee_rate: int, wallet: str = "test") -> str:
        """Sends a transaction to the wallet itself, at so many satoshi a virtual byte."""
        address = self.rpc("getnewaddress", wallet=wallet)
        return self.rpc("sendtoaddress", address, 1, "", "", False, True, None, "unset", None,
                        fee_rate, wallet=wallet)

    def connect(self, other: "Node") -> None:
        """Makes the two peers, and waits until they are."""
        before = self.rpc("getconnectioncount")
        self.rpc("addnode", other.peer, "onetry")
        wait_until(lambda: self.rpc("getconnectioncount") > before, "the nodes to be peers")

    def disconnect(self) -> None:
        """Parts it from all its peers."""
        for peer in self.rpc("getpeerinfo"):
            self.rpc("disconnectnode", "", peer["id"])
        wait_until(lambda: self.rpc("getconnectioncount") == 0, "the peers to be gone")

    def log(self) -> str:
        return (self.chain_folder / "debug.log").read_text(errors="replace")

    def _take_ports(self, zmq: bool) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.peer = f"127.0.0.1:{free_port()}"
        self.zmq = f"tcp://127.0.0.1:{free_port()}" if zmq else ""

    def _end(self, number: signal.Signals) -> None:
        if not self.is_running():
            return
        self.resume()
        self._process.send_signal(number)
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.rpc("getblockcount")
                return
            except (OSError, ValueError, http.client.HTTPException, RpcError) as error:
                if self.is_running() and time.monotonic() < deadline:
                    time.sleep(0.1)
                    continue
                self.stop()
                said = (self.folder / "output.log").read_text(errors="replace")[-500:]
                raise AssertionError(f"{self.program} does not start: {error}; {said}") from error
