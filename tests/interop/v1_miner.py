"""A Stratum V1 miner, just enough to have shares accepted by a translator.

usage: v1_miner.py HOST:PORT [SHARES]. Lines on stdout, separated by tabs: `step` and what was done,
or `failed` and why.
"""

import hashlib
import json
import socket
import sys
import time

# Of those that are tried: a share that is late for a new block is refused.
REFUSED_MAX = 0.5
PATIENCE_S = 60.0
# Difficulty 1 of Stratum V1.
TARGET_1 = 0xFFFF << 208


def sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


class Miner:
    def __init__(self, host: str, port: int):
        self._socket = self._connect(host, port)
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self._id = 0
        self._extranonce1 = ""
        self._extranonce2_size = 0
        self._difficulty = 1.0
        self._job = None

    @staticmethod
    def _connect(host: str, port: int) -> socket.socket:
        deadline = time.monotonic() + PATIENCE_S
        while True:  # the translator listens once it has its upstream
            try:
                return socket.create_connection((host, port), PATIENCE_S)
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def call(self, method: str, *params):
        """The result of a call; notifications that come first are taken in."""
        self._id += 1
        request = {"id": self._id, "method": method, "params": list(params)}
        self._socket.sendall((json.dumps(request) + "\n").encode())
        while True:
            message = self._next()
            if "method" not in message and message.get("id") == self._id:
                if message.get("error"):
                    raise RuntimeError(f"{method}: {message['error']}")
                return message.get("result")

    def _next(self) -> dict:
        line = self._lines.readline()
        if not line:
            raise RuntimeError("the translator closed the connection")
        message = json.loads(line)
        params = message.get("params")
        if message.get("method") == "mining.set_difficulty":
            self._difficulty = float(params[0])
        elif message.get("method") == "mining.notify":
            self._job = params
        elif message.get("method") == "mining.set_extranonce":
            self._extranonce1, self._extranonce2_size = params
        return message

    def start(self) -> None:
        result = self.call("mining.subscribe", "interop/1")
        self._extranonce1, self._extranonce2_size = result[1], result[2]
        self.call("mining.authorize", "interop.v1", "x")
        while self._job is None:
            self._next()

    def submit_share(self, number: int) -> bool:
        """Whether a share is accepted; a new job meanwhile may make it stale."""
        (job_id, prev_hash, coinbase1, coinbase2, branches, version, nbits, ntime, _) = self._job
        extranonce2 = number.to_bytes(self._extranonce2_size, "big").hex()
        root = sha256d(bytes.fromhex(coinbase1 + self._extranonce1 + extranonce2 + coinbase2))
        for branch in branches:
            root = sha256d(root + bytes.fromhex(branch))
        words = bytes.fromhex(prev_hash)
        previous = b"".join(words[i:i + 4][::-1] for i in range(0, 32, 4))
        start = (bytes.fromhex(version)[::-1] + previous + root + bytes.fromhex(ntime)[::-1]
                 + bytes.fromhex(nbits)[::-1])
        target = int(TARGET_1 / self._difficulty)
        for nonce in range(1 << 24):
            hashed = sha256d(start + nonce.to_bytes(4, "little"))
            if int.from_bytes(hashed, "little") <= target:
                break
        else:
            raise RuntimeError(f"no share of difficulty {self._difficulty} in 16 million hashes")
        try:
            return self.call("mining.submit", "interop.v1", job_id, extranonce2, ntime,
                             f"{nonce:08x}") is True
        except RuntimeError:
            return False


def run(address: str, wanted: int) -> None:
    host, port = address.rsplit(":", 1)
    miner = Miner(host, int(port))
    miner.start()
    print("step\tsubscribed, authorised, first job received", flush=True)
    accepted = 0
    tries_max = int(wanted / REFUSED_MAX) + 10
    for number in range(1, tries_max):
        accepted += miner.submit_share(number)
        if accepted == wanted:
            print(f"step\t{wanted} shares accepted of {number}", flush=True)
            return
    raise RuntimeError(f"only {accepted} of {tries_max - 1} shares were accepted")


def main() -> None:
    try:
        run(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3)
    except (OSError, RuntimeError, ValueError) as error:
        print(f"failed\t{error}", flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
