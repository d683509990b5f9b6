"""An SV1 pool for tests of miners: says what a test has it say, and judges every share by what it has
told before the share's job."""

import contextlib
import hashlib
import json
import secrets
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from processes import wait_until

DIFFICULTY_1 = 0xFFFF << 208
MASK = 0x1FFFE000
# One in 86,000 hashes is a share.
DIFFICULTY = 0.00002


def sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


@dataclass
class Told:
    """What the miner had been told when a job was sent."""

    difficulty: float
    extranonce1: str
    extranonce2_size: int
    mask: int | None


class Block:
    """What a job is made of."""

    VERSION = 0x20000000
    NBITS = 0x1B00FFFF
    COINBASE = (bytes.fromhex("0200000001") + bytes(36), bytes.fromhex("ffffffff00"))

    def __init__(self):
        self.prev_hash = secrets.token_bytes(32)
        self.branches = [secrets.token_bytes(32) for _ in range(3)]
        self.ntime = int(time.time())

    def words(self) -> str:
        return b"".join(self.prev_hash[i:i + 4][::-1] for i in range(0, 32, 4)).hex()


@dataclass
class Job:
    block: Block
    told: Told
    sent_at: float = field(default_factory=time.time)

    def header(self, extranonce2: str, ntime: int, nonce: int, bits: int | None) -> bytes:
        block = self.block
        root = sha256d(block.COINBASE[0] + bytes.fromhex(self.told.extranonce1 + extranonce2)
                       + block.COINBASE[1])
        for branch in block.branches:
            root = sha256d(root + branch)
        version = block.VERSION
        if self.told.mask is not None:
            version = (version & ~self.told.mask) | bits
        return (version.to_bytes(4, "little") + block.prev_hash + root
                + ntime.to_bytes(4, "little") + block.NBITS.to_bytes(4, "little")
                + nonce.to_bytes(4, "little"))


@dataclass
class Share:
    worker: str
    job_id: str
    hash: str  # as displayed
    told: Told
    version_bits: int | None
    fault: str  # empty where it is as it should be


class Connection:
    """One miner's. The test's thread says things, this one's own thread hears and answers."""

    def __init__(self, pool: "Sv1Pool", peer: socket.socket):
        self.pool = pool
        self.shares: list[Share] = []
        self.heard: list[dict] = []
        self.told = Told(1.0, "", 8, None)
        self.jobs: dict[str, Job] = {}
        self._is_resumed = False
        self._peer = peer
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    # What the pool says.

    def say(self, message: dict) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._peer.sendall((json.dumps(message) + "\n").encode())

    def call(self, method: str, *params, request_id=None) -> None:
        self.say({"id": request_id, "method": method, "params": list(params)})

    def set_difficulty(self, difficulty: float) -> None:
        self.told.difficulty = difficulty
        self.call("mining.set_difficulty", difficulty)

    def set_extranonce(self, extranonce1: str, size: int) -> None:
        self.told.extranonce1, self.told.extranonce2_size = extranonce1, size
        self.call("mining.set_extranonce", extranonce1, size)

    def notify(self, clean: bool) -> None:
        """A job of another block where it is clean; if not, the last one under another name."""
        if clean:
            self.pool.block = Block()
            self.jobs.clear()
        job_id = self.pool.next_job_id()
        job = Job(self.pool.block, Told(**vars(self.told)))
        self.jobs[job_id] = job
        block = job.block
        self.call("mining.notify", job_id, block.words(), block.COINBASE[0].hex(),
                  block.COINBASE[1].hex(), [branch.hex() for branch in block.branches],
                  f"{block.VERSION:08x}", f"{block.NBITS:08x}", f"{block.ntime:08x}", clean)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._peer.shutdown(socket.SHUT_RDWR)
        self._peer.close()

    # What the miner says.

    def methods(self) -> list[str]:
        return [message["method"] for message in self.heard if "method" in message]

    def answer_to(self, request_id):
        """The result that the miner gave, once it has."""
        return next((message for message in self.heard
                     if "method" not in message and message.get("id") == request_id), None)

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._peer.makefile("r") as lines:
            for line in lines:
                message = json.loads(line)
                self.heard.append(message)
                if "method" in message:
                    self._answer(message)

    def _answer(self, message: dict) -> None:
        method, params = message["method"], message["params"]
        result, error = True, None
        if method == "mining.configure":
            self.told.mask = MASK & int(params[1]["version-rolling.mask"], 16)
            result = {"version-rolling": True, "version-rolling.mask": f"{self.told.mask:08x}"}
        elif method == "mining.subscribe":
            result = self._subscribe(params[1] if len(params) > 1 else None)
        elif method == "mining.authorize":
            result = self.pool.knows(params[0])
            error = None if result else [24, "Unauthorized worker", None]
        elif method == "mining.submit":
            share = self._judge(*params)
            self.shares.append(share)
            error = self.pool.answer(share)
            result = None if error else True
        self.say({"id": message["id"], "result": result, "error": error})
        if method == "mining.authorize" and result:
            self.set_difficulty(self.pool.difficulty)
            self.notify(clean=not self._is_resumed)

    def _subscribe(self, wanted: str | None) -> list:
        self._is_resumed = wanted in self.pool.sessions
        session = wanted if self._is_resumed else secrets.token_hex(8)
        self.told.extranonce1 = self.pool.sessions.setdefault(session, secrets.token_hex(6))
        return [[["mining.set_difficulty", session], ["mining.notify", session]],
                self.told.extranonce1, self.told.extranonce2_size]

    def _judge(self, worker: str, job_id: str, extranonce2: str, ntime: str, nonce: str,
               bits: str | None = None) -> Share:
        job = self.jobs.get(job_id)
        if job is None:
            return Share(worker, job_id, "", self.told, None, "unknown job")
        rolled = None if bits is None else int(bits, 16)
        share = Share(worker, job_id, "", job.told, rolled, "")
        if (bits is None) != (job.told.mask is None):
            share.fault = "version bits are missing, or were not agreed"
            return share
        header = job.header(extranonce2, int(ntime, 16), int(nonce, 16), rolled)
        hashed = sha256d(header)
        share.hash = hashed[::-1].hex()
        if rolled is not None and rolled & ~job.told.mask:
            share.fault = "version bits outside the mask"
        elif len(extranonce2) != 2 * job.told.extranonce2_size:
            share.fault = "extranonce2 has another size"
        elif not 0 <= int(ntime, 16) - job.block.ntime <= time.time() - job.sent_at + 2:
            share.fault = "ntime is out of range"
        elif int.from_bytes(hashed, "little") > DIFFICULTY_1 / job.told.difficulty:
            share.fault = "low difficulty"
        elif header in self.pool.seen:
            share.fault = "duplicate"
        self.pool.seen.add(header)
        return share


class Sv1Pool(contextlib.AbstractContextManager):
    """Listens on loopback. Has all its miners make shares of `difficulty` from the first job on.
    `certificate` is a file with that and its key, for TLS."""

    def __init__(self, difficulty: float = DIFFICULTY, certificate: Path | None = None):
        self.difficulty = difficulty
        self.connections: list[Connection] = []
        self.sessions: dict[str, str] = {}  # what is resumed: id and extranonce1
        self.block = Block()
        self.seen: set[bytes] = set()
        self._jobs = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"stratum+{'ssl' if certificate else 'tcp'}://127.0.0.1:{self.port}"
        self._tls = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __exit__(self, *_):
        self._listener.close()
        for connection in self.connections:
            connection.close()

    def knows(self, worker: str) -> bool:
        return not worker.startswith("stranger")

    def answer(self, share: Share) -> list | None:
        """The error for it, or nothing. A test may have another one."""
        return [20, share.fault, None] if share.fault else None

    def next_job_id(self) -> str:
        self._jobs += 1
        return f"job-{self._jobs:x}"

    def shares(self) -> list[Share]:
        return [share for connection in self.connections for share in connection.shares]

    def wait_for_connection(self, number: int) -> Connection:
        """The one of that number, counted from 0, when it has sent a share."""
        return wait_until(lambda: len(self.connections) > number
                          and self.connections[number].shares and self.connections[number],
                          f"a share on connection {number}")

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                try:
                    if self._tls:
                        peer = self._tls.wrap_socket(peer, server_side=True)
                except ssl.SSLError:
                    peer.close()
                    continue
                self.connections.append(Connection(self, peer))
