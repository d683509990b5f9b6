"""Where a pool of ./dev up lives: its folder and its ports, all derived from one number."""

import errno
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from cmake import ROOT
from console import Failure

# Below 32768, where the kernel begins to take ports for anybody's outgoing connections.
DEFAULT_PORT_BASE = 24250
HOST = "127.0.0.1"

# Offset from the base, and what an operator calls it.
PORTS = {
    "gateway": (0, "the gateway's Stratum V2"),
    "gateway_bus": (1, "the gateway's bus"),
    "template_1_grpc": (2, "the first template replica's gRPC"),
    "vardiff_grpc": (3, "vardiff's gRPC"),
    "redis": (4, "Redis"),
    "devnode": (5, "the development node"),
    "template_2_grpc": (6, "the second template replica's gRPC"),
    "template_2_http": (7, "the second template replica's metrics"),
    "translator": (8, "the translator's Stratum V1"),
    "translator_http": (9, "the translator's status and metrics"),
    "gateway_grpc": (10, "the gateway's health"),
    "gateway_http": (11, "the gateway's metrics"),
    "channel_manager_1_grpc": (12, "the first channel-manager's health"),
    "channel_manager_1_http": (13, "the first channel-manager's metrics"),
    "channel_manager_2_grpc": (14, "the second channel-manager's health"),
    "channel_manager_2_http": (15, "the second channel-manager's metrics"),
    "template_1_http": (16, "the first template replica's metrics"),
    "vardiff_http": (17, "vardiff's metrics"),
    "translator_grpc": (18, "the translator's health"),
    "admin_api": (30, "the operators' API"),
    "admin_grpc": (31, "admin's health"),
    "admin_http": (32, "admin's metrics"),
    "console": (33, "the console"),
    "miner_page": (34, "the miners' page"),
}
SPAN = 40


@dataclass(frozen=True)
class Layout:
    port_base: int

    @property
    def folder(self) -> Path:
        return ROOT / "var" / f"up-{self.port_base}"

    def port(self, name: str) -> int:
        return self.port_base + PORTS[name][0]

    def address(self, name: str) -> str:
        return f"{HOST}:{self.port(name)}"

    def prepare_folder(self) -> None:
        """Starts empty; what the last run left stays once more, for who wants to look at it."""
        previous = self.folder.with_name(self.folder.name + ".previous")
        shutil.rmtree(previous, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(previous)
        self.folder.mkdir(parents=True)

    def check_ports(self) -> None:
        """Raises Failure for the first port that somebody else holds."""
        if not 1024 <= self.port_base <= 65535 - SPAN:
            raise Failure(f"--port-base {self.port_base}: choose one from 1024 to {65535 - SPAN}")
        for name, (_, what) in PORTS.items():
            port = self.port(name)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                    probe.listen(1)
                except OSError as error:
                    if error.errno != errno.EADDRINUSE:
                        raise Failure(f"port {port} for {what}: {error.strerror}") from error
                    raise Failure(f"port {port} for {what} is in use{_holder(port)}; stop that "
                                  "process, or choose other ports with --port-base N") from error


def _holder(port: int) -> str:
    """" by pid 12 (redis-server)", where /proc shows it to us; who listens or is connected."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(fd) in inodes for fd in (process / "fd").iterdir()):
                return f" by pid {process.name} ({(process / 'comm').read_text().strip()})"
        except OSError:
            continue
    # The kernel keeps the port of a connection that was closed for a minute, for nobody.
    return " by a connection that has ended, for a minute at most" if "socket:[0]" in inodes else ""
