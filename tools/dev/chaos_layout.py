"""Where a pool of ./dev chaos lives: its folder, and ports that nobody else has."""

import contextlib
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

from chaos_machines import Machines
from console import Failure

HOST = "127.0.0.1"
# Below 32768, where the kernel begins to take ports for anybody's outgoing connections.
FIRST_PORT, LAST_PORT, STEP = 26000, 32000, 50
# Of a process whose doors have names of their own: "gateway-1-grpc".
_DOOR = re.compile(r"-(grpc|http|bus|link)$")


@dataclass
class Layout:
    """Ports have names and are given out as they are asked for. The last one of the range is held
    until close(), so that another ./dev chaos finds another range."""

    folder: Path
    machines: Machines | None = None  # each process is on one of its own; else all are on this one
    _names: dict[str, int] = field(default_factory=dict)

    def __post_init__(self):
        self._claim = claim_ports()
        self.port_base = self._claim.getsockname()[1] - STEP + 1

    def close(self) -> None:
        self._claim.close()

    def port(self, name: str) -> int:
        if name not in self._names:
            if len(self._names) == STEP - 1:
                raise Failure(f"a pool of ./dev chaos has no more than {STEP - 1} ports")
            self._names[name] = self.port_base + len(self._names)
        return self._names[name]

    def host(self, name: str) -> str:
        """Of a process, or of a door of one."""
        return self.machines.address(_DOOR.sub("", name)) if self.machines else HOST

    def address(self, name: str) -> str:
        return f"{self.host(name)}:{self.port(name)}"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def claim_ports() -> socket.socket:
    """The first range of STEP ports that are free; its last one is held by what is returned."""
    for base in range(FIRST_PORT, LAST_PORT, STEP):
        with contextlib.ExitStack() as unwanted:
            claim = unwanted.enter_context(socket.socket())
            try:
                claim.bind((HOST, base + STEP - 1))
                claim.listen(1)
            except OSError:
                continue
            if all(_is_free(port) for port in range(base, base + STEP - 1)):
                unwanted.pop_all()
                return claim
    raise Failure(f"no {STEP} free ports in a row from {FIRST_PORT} to {LAST_PORT}")


def ports_in_use(layout: Layout) -> list[int]:
    return [port for port in range(layout.port_base, layout.port_base + STEP - 1)
            if not _is_free(port)]
