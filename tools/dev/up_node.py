"""The node of --node: what its address says, and which chain it is on."""

import base64
import http.client
import json
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from console import Failure

FORM = "http://user:password@host:port"
# What a node calls its chain, and what the configuration files call it.
NETWORKS = {"main": "main", "test": "test", "testnet": "test", "testnet4": "testnet4",
            "signet": "signet", "regtest": "regtest"}


@dataclass(frozen=True)
class Node:
    host: str
    port: int
    user: str
    password: str

    @staticmethod
    def parse(text: str) -> "Node":
        try:
            url = urlsplit(text)
            port = url.port
        except ValueError as error:
            raise Failure(f"--node {text}: {error}; expected {FORM}") from error
        if url.scheme != "http" or not url.hostname or not port or not url.username:
            raise Failure(f"--node {text}: expected {FORM}")
        return Node(url.hostname, port, unquote(url.username), unquote(url.password or ""))

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def network(self) -> str:
        """Asks the node which chain it is on; raises Failure if it does not say."""
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        body = json.dumps({"id": 1, "method": "getblockchaininfo", "params": []})
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json",
                                                   "Authorization": f"Basic {token}"})
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Failure(f"the node at {self.url} does not answer ({error}); is it running, with "
                          "its JSON-RPC on that port?") from error
        finally:
            connection.close()
        if status in (401, 403):
            raise Failure(f"the node at {self.url} refuses this user and password")
        try:
            chain = json.loads(text)["result"]["chain"]
            return NETWORKS[chain]
        except (ValueError, KeyError, TypeError) as error:
            raise Failure(f"the node at {self.url} does not say its chain (HTTP status {status})"
                          ) from error
