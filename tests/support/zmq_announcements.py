"""When a Bitcoin Core announced which block: a subscriber of its ZeroMQ `hashblock`, in plain ZMTP
3.0, since nothing else here needs ZeroMQ in Python."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable

TOPIC = b"hashblock"
GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x05READY\x0bSocket-Type" + struct.pack(">I", 3) + b"SUB"
MORE, LONG, COMMAND = 1, 2, 4


class Announcements(contextlib.AbstractContextManager):
    """`at_us` has the microseconds of unix time by block hash, as the announcement came in;
    `on_block` is called then."""

    def __init__(self, address: str, on_block: Callable[[], None] = lambda: None):
        self._on_block = on_block
        host, _, port = address.removeprefix("tcp://").rpartition(":")
        self.at_us: dict[str, int] = {}
        self._socket = socket.create_connection((host, int(port)), 10)
        self._received = b""
        self._socket.sendall(GREETING)
        self._take(len(GREETING))
        self._send(COMMAND, READY)
        self._frame()  # its own READY
        self._send(0, b"\x01" + TOPIC)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ConnectionError):
            parts: list[bytes] = []
            while True:
                flags, body = self._frame()
                now_us = time.time_ns() // 1000
                parts.append(body)
                if flags & MORE:
                    continue
                if parts[0] == TOPIC and len(parts) > 1:
                    self.at_us.setdefault(parts[1].hex(), now_us)
                    self._on_block()
                parts = []

    def _send(self, flags: int, body: bytes) -> None:
        self._socket.sendall(bytes([flags, len(body)]) + body)

    def _frame(self) -> tuple[int, bytes]:
        flags = self._take(1)[0]
        size = struct.unpack(">Q", self._take(8))[0] if flags & LONG else self._take(1)[0]
        return flags, self._take(size)

    def _take(self, size: int) -> bytes:
        while len(self._received) < size:
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionError("the node has closed")
            self._received += more
        taken, self._received = self._received[:size], self._received[size:]
        return taken
