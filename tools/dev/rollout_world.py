"""A small machine of its own for ./dev rollout: network namespaces behind a bridge and a private
/etc. All of it belongs to this process and its children and ends with the last of them, however they
end: nothing is to be cleaned up, also not after kill -9.

    miners' namespace 10.78.0.2 ── the node: routes, balances ── bridge ── a namespace for each pod
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from console import Failure
from own_network import Refused, run

BRIDGE = "pods"
NODE_ADDRESS = "10.77.0.1"
# What the miners are told: no interface has it.
SERVICE_ADDRESS = "10.78.1.1"
_GATE, _MINERS = "10.78.0.1", "10.78.0.2"
# A new pod's address: none comes twice in a run.
_FIRST_POD = (10 << 24) + (77 << 16) + 256
_PODS_MAX = 60_000


@dataclass(frozen=True)
class Namespace:
    """A network of its own with one address."""

    name: str
    address: str

    @property
    def prefix(self) -> list[str]:
        """Before a command that is to run in it."""
        return ["nsenter", f"--net=/run/netns/{self.name}", "--"]


class World:
    """To be made after leave_machine()."""

    def __init__(self):
        self._count = 0
        for program in ("ip", "nft", "nsenter", "mount"):
            if shutil.which(program) is None:
                raise Failure(f"{program} is not installed; Debian's iproute2, nftables and "
                              "util-linux have it")
        self._mount_own()
        try:
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        except OSError as error:
            raise Refused(f"packets cannot be forwarded between namespaces: {error}") from error
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "address", "add", f"{NODE_ADDRESS}/16", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        # Where packets to the service would go if nobody took them: the balancer refuses them there.
        run("ip", "route", "add", SERVICE_ADDRESS, "dev", BRIDGE)
        self.miners = self._add_miners()

    @staticmethod
    def _mount_own() -> None:
        run("mount", "--make-rprivate", "/")
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        Path("/run/netns").mkdir()
        Path("/run/etc").mkdir()
        # What we may not read of it nobody here needs.
        subprocess.run(["cp", "-a", "/etc/.", "/run/etc/"], check=False, stderr=subprocess.DEVNULL)
        Path("/run/etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files\n")
        Path("/run/etc/host.conf").write_text("multi on\n")
        run("mount", "--bind", "/run/etc", "/etc")

    def _add_miners(self) -> Namespace:
        miners = Namespace("miners", _MINERS)
        self._make(miners, "world", 24, gate=_GATE)
        run("ip", "address", "add", f"{_GATE}/24", "dev", "world")
        return miners

    @staticmethod
    def _make(made: Namespace, outside: str, bits: int, gate: str) -> None:
        inside = ["ip", "-n", made.name]
        run("ip", "netns", "add", made.name)
        run("ip", "link", "add", "name", "eth0", "netns", made.name, "type", "veth",
             "peer", "name", outside)
        run("ip", "link", "set", outside, "up")
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "address", "add", f"{made.address}/{bits}", "dev", "eth0")
        run(*inside, "link", "set", "eth0", "up")
        run(*inside, "route", "add", "default", "via", gate)

    def add_pod(self, name: str) -> Namespace:
        """A namespace with an address that nobody had before."""
        number = _FIRST_POD + self._count
        self._count += 1
        if self._count > _PODS_MAX:
            raise Failure(f"no more than {_PODS_MAX} pods")
        address = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
        made = Namespace(f"{name}.{self._count}", address)
        self._make(made, f"pod{self._count}", 16, gate=NODE_ADDRESS)
        run("ip", "link", "set", f"pod{self._count}", "master", BRIDGE)
        return made

    @staticmethod
    def remove(gone: Namespace) -> None:
        run("ip", "netns", "delete", gone.name)
