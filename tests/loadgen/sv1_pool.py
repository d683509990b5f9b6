"""A small SV1 pool for tests of adit-loadgen: it hashes every share by itself, with hashlib alone."""

import asyncio
import hashlib
import itertools
import json
import time

DIFFICULTY_1 = 0xFFFF << 208
EXTRANONCE2_SIZE = 6


def sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def swap_words(data: bytes) -> bytes:
    """As `prevhash` is written: each word of four bytes reversed."""
    return b"".join(data[i:i + 4][::-1] for i in range(0, len(data), 4))


class Job:
    """One block's work, the same for every miner but for its extranonce1."""

    _numbers = itertools.count(1)

    def __init__(self, difficulty: float):
        self.id = f"job-{next(self._numbers)}"
        self.difficulty = difficulty
        self.target = int(DIFFICULTY_1 / difficulty)
        self.prev_hash = hashlib.sha256(self.id.encode()).digest()
        self.coinbase = (b"\x02" + self.id.encode(), b"\x00" * 20)
        self.branch = [hashlib.sha256(bytes([i])).digest() for i in range(3)]
        self.version, self.nbits, self.ntime = 0x20000000, 0x1D00FFFF, int(time.time())

    def notify(self) -> dict:
        return {"id": None, "method": "mining.notify", "params": [
            self.id, swap_words(self.prev_hash).hex(), self.coinbase[0].hex(),
            self.coinbase[1].hex(), [node.hex() for node in self.branch], f"{self.version:08x}",
            f"{self.nbits:08x}", f"{self.ntime:08x}", True]}

    def hash_of(self, extranonce: bytes, ntime: int, nonce: int, version: int) -> int:
        root = sha256d(self.coinbase[0] + extranonce + self.coinbase[1])
        for node in self.branch:
            root = sha256d(root + node)
        header = (version.to_bytes(4, "little") + self.prev_hash + root
                  + ntime.to_bytes(4, "little") + self.nbits.to_bytes(4, "little")
                  + nonce.to_bytes(4, "little"))
        return int.from_bytes(sha256d(header), "little")


class Sv1Pool:
    """Faults are set from outside: `is_mute` answers no share, `knows_nobody` refuses every user,
    `drop_all()` ends every connection."""

    def __init__(self, difficulty: float):
        self.job = Job(difficulty)
        self.port = 0
        self.is_mute = False
        self.accepted = 0
        self.problems: list[str] = []
        self.expects_bad = False  # bad shares are no problem
        self.knows_nobody = False
        self.duplicates = 0
        self.wrong_workers = 0
        self.agents: set[str] = set()
        self.sessions = 0
        self._numbers = itertools.count(1)
        self._seen: set[tuple] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._mining: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 16)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        self.drop_all()
        await self._server.wait_closed()

    @property
    def miners(self) -> int:
        """Those that have been given a job."""
        return len(self._mining)

    def next_block(self, difficulty: float) -> None:
        self.job = Job(difficulty)
        for writer in self._mining:
            self._tell_job(writer)

    def drop_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def _tell_job(self, writer: asyncio.StreamWriter) -> None:
        self._say(writer, {"id": None, "method": "mining.set_difficulty",
                           "params": [self.job.difficulty]})
        self._say(writer, self.job.notify())

    @staticmethod
    def _say(writer: asyncio.StreamWriter, message: dict) -> None:
        if not writer.transport.is_closing():
            writer.write(json.dumps(message).encode() + b"\n")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        extranonce1 = next(self._numbers).to_bytes(4, "big")
        users, mask = set(), [0]
        try:
            while line := await reader.readline():
                try:
                    message = json.loads(line)
                except ValueError:
                    continue  # a peer that misbehaves
                self._take(writer, message, extranonce1, users, mask)
        except (ConnectionError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            self._writers.discard(writer)
            self._mining.discard(writer)
            writer.close()

    def _take(self, writer, message: dict, extranonce1: bytes, users: set, mask: list) -> None:
        method, params = message["method"], message["params"]
        result, error = True, None
        if method == "mining.configure":
            mask[0] = int(params[1]["version-rolling.mask"], 16) & 0x1FFFE000
            result = {"version-rolling": True, "version-rolling.mask": f"{mask[0]:08x}"}
        elif method == "mining.subscribe":
            self.agents.add(params[0])
            self.sessions += len(params) > 1
            result = [[["mining.notify", "s" + extranonce1.hex()]], extranonce1.hex(),
                      EXTRANONCE2_SIZE]
        elif method == "mining.authorize" and self.knows_nobody:
            result = False
        elif method == "mining.authorize":
            users.add(params[0])
        elif method == "mining.submit":
            if self.is_mute:
                return
            error = self._judge(params, extranonce1, users, mask[0])
            result = None if error else True
        elif method == "mining.nothing":
            result, error = None, [20, "Unknown method", None]
        self._say(writer, {"id": message["id"], "result": result, "error": error})
        if method == "mining.authorize" and result:
            self._mining.add(writer)
            self._tell_job(writer)

    def _note_problem(self, what: str) -> None:
        if not self.expects_bad:
            self.problems.append(what)

    def _judge(self, params: list, extranonce1: bytes, users: set, mask: int) -> list | None:
        if len(params) < 5 or params[1] != self.job.id:
            return [21, "Job not found", None]
        if params[0] not in users:
            self.wrong_workers += 1
            return [24, "Unauthorized worker", None]
        extranonce2, ntime, nonce = bytes.fromhex(params[2]), int(params[3], 16), int(params[4], 16)
        bits = int(params[5], 16) if len(params) > 5 else 0
        if bits & ~mask or len(extranonce2) != EXTRANONCE2_SIZE or not 0 <= ntime - self.job.ntime < 600:
            self._note_problem(f"malformed: {params}")
            return [20, "Malformed", None]
        version = (self.job.version & ~mask) | bits
        if self.job.hash_of(extranonce1 + extranonce2, ntime, nonce, version) > self.job.target:
            self._note_problem(f"low: {params}")
            return [23, "Low difficulty share", None]
        share = (extranonce1, *params[1:])
        if share in self._seen:
            self.duplicates += 1
            return [22, "Duplicate share", None]
        self._seen.add(share)
        self.accepted += 1
        return None
