"""Where a pool of ./dev chaos lives: its folder, and ports that nobody else has."""

import socket
from dataclasses import dataclass, field
from pathlib import Path

from console import Failure

HOST = "127.0.0.1"
# Below 32768, where the kernel begins to take ports for anybody's outgoing connections.
FIRST_PORT, LAST_PORT, STEP = 26000, 32000, 50


@dataclass
class Layout:
    """Ports have names and are given out as they are asked for."""

    folder: Path
    port_base: int = field(default_factory=lambda: free_port_base())
    _names: dict[str, int] = field(default_factory=dict)

    def port(self, name: str) -> int:
        if name not in self._names:
            if len(self._names) == STEP:
                raise Failure(f"a pool of ./dev chaos has more than {STEP} ports")
            self._names[name] = self.port_base + len(self._names)
        return self._names[name]

    def address(self, name: str) -> str:
        return f"{HOST}:{self.port(name)}"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port_base() -> int:
    """The first of STEP ports in a row that are free now."""
    for base in range(FIRST_PORT, LAST_PORT, STEP):
        if all(_is_free(port) for port in range(base, base + STEP)):
            return base
    raise Failure(f"no {STEP} free ports in a row from {FIRST_PORT} to {LAST_PORT}")


def ports_in_use(layout: Layout) -> list[int]:
    return [port for port in range(layout.port_base, layout.port_base + STEP)
            if not _is_free(port)]
