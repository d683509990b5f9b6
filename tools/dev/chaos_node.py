"""The nodes of ./dev chaos: the development chain, or a Bitcoin Core on regtest."""

import base64
import http.client
import json
import os
import shutil
from pathlib import Path

from chaos_layout import Layout
from console import Failure
from up_child import Spec
from up_scrape import listens

RPC_TIMEOUT_S = 10.0
PROGRAMS = {"ADIT_BITCOIND": "bitcoind", "ADIT_BITCOIN_NODE": "bitcoin-node"}
# A script whose key nobody has.
NOBODY = "raw(6a)"
_NOT_FOUND = -5


class RpcError(Exception):
    """The node's own error."""

    def __init__(self, error: dict):
        super().__init__(f"{error.get('message')} ({error.get('code')})")
        self.code = error.get("code")


class Node:
    """What both kinds have in common: JSON-RPC as Bitcoin Core has it."""

    name = ""
    user, password = "any", "any"

    def __init__(self, layout: Layout, binaries: Path):
        self._layout = layout
        self._binaries = binaries
        self._port = layout.port(self.name)

    def table(self) -> dict:
        """Of the template service's [[nodes]]."""
        return {"name": self.name, "kind": "bitcoind", "user": self.user,
                "url": f"http://{self._layout.address(self.name)}",
                "password_file": "node.secret", "poll_interval": "50ms"}

    def spec(self) -> Spec:
        raise NotImplementedError

    def assemble(self) -> None:
        """Once the process is up."""

    def rpc(self, method: str, *params):
        """The result of one call. Raises RpcError for the node's error, OSError without a node."""
        connection = http.client.HTTPConnection(self._layout.host(self.name), self._port,
                                                timeout=RPC_TIMEOUT_S)
        try:
            token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            connection.request("POST", "/", json.dumps({"id": 1, "method": method,
                                                        "params": list(params)}),
                               {"Content-Type": "application/json",
                                "Authorization": f"Basic {token}"})
            answer = json.loads(connection.getresponse().read())
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(f"{self.name} gave no answer: {error}") from error
        finally:
            connection.close()
        if answer.get("error"):
            raise RpcError(answer["error"])
        return answer["result"]

    def answers(self) -> bool:
        try:
            self.rpc("getblockcount")
        except (OSError, RpcError):
            return False
        return True

    def tip(self) -> str | None:
        try:
            return self.rpc("getbestblockhash")
        except (OSError, RpcError):
            return None

    def has(self, block: str) -> bool:
        """In its chain, or beside it."""
        return self._header(block) is not None

    def confirmations(self, block: str) -> int:
        """1 of the tip; -1 of what is not in the chain."""
        header = self._header(block)
        return -1 if header is None else header["confirmations"]

    def _header(self, block: str) -> dict | None:
        try:
            return self.rpc("getblockheader", block)
        except RpcError as error:
            if error.code == _NOT_FOUND:
                return None
            raise Failure(f"{self.name}: {error}") from error
        except OSError as error:
            raise Failure(f"{self.name}: {error}") from error

    def reorganise(self, depth: int) -> None:
        """The last so many blocks lose against others, one more of them."""
        height = self.rpc("getblockcount")
        depth = min(depth, height)
        if depth:
            self.rpc("invalidateblock", self.rpc("getblockhash", height - depth + 1))
        self.rpc("generatetodescriptor", depth + 1, NOBODY)


class Devnode(Node):
    name = "devnode"

    def spec(self) -> Spec:
        # A block every few seconds of all miners together.
        return Spec(self.name, [
            self._binaries / "adit-devnode", "--host", self._layout.host(self.name), "--port",
            self._port, "--difficulty", 1 / 4096, "--block-interval", 5,
            "--chain-file", self._layout.folder / "devnode.chain"],
            is_ready=lambda: listens(self._port, self._layout.host(self.name)))


class BitcoinCore(Node):
    """On regtest any hash in two solves a block: nearly every share does."""

    name = "bitcoind"

    def spec(self) -> Spec:
        program = self.program()
        if program is None:
            raise Failure(self.missing())
        folder = self._layout.folder / self.name
        folder.mkdir(exist_ok=True)
        return Spec(self.name, [
            program, "-chain=regtest", f"-datadir={folder}", "-server", "-listen=0",
            f"-rpcbind={self._layout.host(self.name)}", "-rpcallowip=0.0.0.0/0",
            f"-rpcport={self._port}", f"-rpcuser={self.user}", f"-rpcpassword={self.password}",
            "-listenonion=0", "-dnsseed=0", "-fixedseeds=0", "-discover=0", "-natpmp=0",
            "-fallbackfee=0.0001", "-printtoconsole=0"], is_ready=self.answers)

    def assemble(self) -> None:
        """A node whose newest block is old takes itself for one that is still downloading."""
        self.rpc("generatetodescriptor", 1, NOBODY)

    @staticmethod
    def program() -> Path | None:
        for variable, command in PROGRAMS.items():
            if found := os.environ.get(variable) or shutil.which(command):
                return Path(found)
        return None

    @staticmethod
    def missing() -> str:
        return (f"no Bitcoin Core: {' or '.join(PROGRAMS)} names none, and none is on the PATH")
