"""A Stratum V1 miner that a test tells what to do: it hears, hashes, submits, or misbehaves."""

import hashlib
import json
import select
import socket
import ssl
import time

# Difficulty 1 of Stratum V1.
TARGET_1 = 0xFFFF << 208
# Generous: it only bounds how long a broken test takes.
PATIENCE = 60.0


class Closed(Exception):
    """The other side has ended the connection."""


def sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def connect(address: str, source: str | None = None, receive_buffer: int | None = None,
            first: bytes = b"", tls: ssl.SSLContext | None = None) -> socket.socket:
    """`first` goes out before TLS begins: a PROXY header."""
    host, port = address.rsplit(":", 1)
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(PATIENCE)
    if source:
        connection.bind((source, 0))
    connection.connect((host, int(port)))
    if first:
        connection.sendall(first)
    return tls.wrap_socket(connection) if tls else connection


class Miner:
    """What it hears is kept: answers by id, the newest job, and all notifications."""

    def __init__(self, address: str, user: str = "farm.rig", **how):
        self.user = user
        self.socket = connect(address, **how)
        self.answers: dict[int, dict] = {}
        self.heard: list[dict] = []
        self.difficulty = 1.0
        self.job: list | None = None
        self.extranonce1 = ""
        self.extranonce2_size = 0
        self._id = 0
        self._rest = b""
        self._rolled = 0

    def close(self) -> None:
        self.socket.close()

    def send(self, method: str, *params) -> int:
        """Its id."""
        self._id += 1
        self.socket.sendall((json.dumps({"id": self._id, "method": method,
                                         "params": list(params)}) + "\n").encode())
        return self._id

    def call(self, method: str, *params) -> dict:
        """The answer. Raises Closed."""
        return self.answer(self.send(method, *params))

    def answer(self, number: int, patience: float = PATIENCE) -> dict:
        self.wait_for(lambda: number in self.answers, f"an answer to {number}", patience)
        return self.answers.pop(number)

    def wait_for(self, claim, what: str, patience: float = PATIENCE) -> None:
        """Hears until the claim holds."""
        deadline = time.monotonic() + patience
        while not claim():
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{self.user} waited {patience:.0f} s for {what}")
            self.hear(left)

    def wait_for_end(self, patience: float = PATIENCE) -> None:
        deadline = time.monotonic() + patience
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.hear(left)
        except (Closed, ConnectionError):
            return
        raise AssertionError(f"the connection of {self.user} did not end in {patience:.0f} s")

    def hear(self, seconds: float = 0.0) -> None:
        """Takes what has arrived, or what arrives within so many seconds first."""
        pending = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
        if not pending and not select.select([self.socket], [], [], seconds)[0]:
            return
        try:
            received = self.socket.recv(65536)
        except ssl.SSLWantReadError:
            return
        if not received:
            raise Closed()
        *lines, self._rest = (self._rest + received).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, message: dict) -> None:
        if message.get("method") is None:
            self.answers[message["id"]] = message
            return
        self.heard.append(message)
        params = message["params"]
        match message["method"]:
            case "mining.set_difficulty":
                self.difficulty = float(params[0])
            case "mining.notify":
                self.job = params
            case "mining.set_extranonce":
                self.extranonce1, self.extranonce2_size = params[:2]

    def methods(self) -> list[str]:
        return [message["method"] for message in self.heard]

    def subscribe(self) -> None:
        result = self.call("mining.subscribe", "test/1")["result"]
        self.extranonce1, self.extranonce2_size = result[1], result[2]

    def start(self) -> "Miner":
        """Until it has a job."""
        self.subscribe()
        answer = self.call("mining.authorize", self.user, "x")
        if answer["result"] is not True:
            raise AssertionError(f"{self.user} is not authorized: {answer}")
        self.wait_for(lambda: self.job is not None, "a job")
        return self

    def find_share(self) -> list:
        """Parameters for mining.submit, of the newest job."""
        while True:
            self.hear()
            (job_id, prev_hash, coinbase1, coinbase2, branches, version, nbits, ntime,
             _) = self.job
            self._rolled += 1
            extranonce2 = self._rolled.to_bytes(self.extranonce2_size, "big").hex()
            root = sha256d(bytes.fromhex(coinbase1 + self.extranonce1 + extranonce2 + coinbase2))
            for branch in branches:
                root = sha256d(root + bytes.fromhex(branch))
            words = bytes.fromhex(prev_hash)
            start = (bytes.fromhex(version)[::-1]
                     + b"".join(words[i:i + 4][::-1] for i in range(0, 32, 4)) + root
                     + bytes.fromhex(ntime)[::-1] + bytes.fromhex(nbits)[::-1])
            nonce = find_nonce(start, int(TARGET_1 / self.difficulty))
            if nonce is not None:
                return [self.user, job_id, extranonce2, ntime, f"{nonce:08x}"]

    def mine(self) -> dict:
        """The answer to one share."""
        return self.call("mining.submit", *self.find_share())

    def mine_accepted(self, count: int) -> list[dict]:
        """So many accepted shares; those that were refused come back. A block that comes meanwhile
        makes a share stale, which is no fault."""
        refused = []
        accepted = 0
        while accepted < count:
            answer = self.mine()
            if answer["result"] is True:
                accepted += 1
            else:
                refused.append(answer["error"])
                if len(refused) > count + 20:
                    raise AssertionError(f"{self.user}: {refused[-5:]}")
        return refused


def find_nonce(start: bytes, target: int, tries: int = 1 << 17) -> int | None:
    """Of a header whose first 76 bytes are given. Few tries at once: the job may be another soon."""
    head = hashlib.sha256(start[:64])
    tail = start[64:]
    for nonce in range(tries):
        hashed = head.copy()
        hashed.update(tail + nonce.to_bytes(4, "little"))
        if int.from_bytes(hashlib.sha256(hashed.digest()).digest(), "little") <= target:
            return nonce
    return None
