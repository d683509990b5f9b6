"""A small machine of its own for ./dev rollout: network namespaces behind a bridge and a private
/etc. All of it belongs to this process and its children and ends with the last of them, however they
end: nothing is to be cleaned up, also not after kill -9.

    miners' namespace 10.78.0.2 ── the node: routes, balances ── bridge ── a namespace for each pod
"""

import ctypes
import errno
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from console import Failure


class Refused(Exception):
    """Why this cannot be done on this machine."""


_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
BRIDGE = "pods"
NODE_ADDRESS = "10.77.0.1"
# What the miners are told: no interface has it.
SERVICE_ADDRESS = "10.78.1.1"
_GATE, _MINERS = "10.78.0.1", "10.78.0.2"
# A new pod's address: none comes twice in a run.
_FIRST_POD = (10 << 24) + (77 << 16) + 256
_PODS_MAX = 60_000


def _run(*words, text: str | None = None) -> None:
    done = subprocess.run([str(word) for word in words], text=True, input=text, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, words))}: {done.stdout.strip()}")


def _unshare(flags: int) -> int:
    """0 or the error's number."""
    libc = ctypes.CDLL(None, use_errno=True)
    return 0 if libc.unshare(flags) == 0 else ctypes.get_errno()


def leave_machine(unshare=_unshare) -> None:
    """From here on this process has a network and mounts of its own. To be called while it has one
    thread. Raises Refused where the kernel does not permit that."""
    user, group = os.geteuid(), os.getegid()
    number = unshare(_CLONE_NEWNS | _CLONE_NEWNET)
    if number == errno.EPERM:
        # Not root, or root without its rights: a user namespace of our own gives them inside it.
        number = unshare(_CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWNET)
        if number == 0:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {user} 1")
            Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    if number != 0:
        raise Refused(f"this machine permits no network namespaces ({os.strerror(number)}), in which "
                      "all of this runs; be root, or allow user namespaces "
                      "(sysctl user.max_user_namespaces), and in a container CAP_SYS_ADMIN")


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
        _run("ip", "link", "set", "lo", "up")
        try:
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        except OSError as error:
            raise Refused(f"packets cannot be forwarded between namespaces: {error}") from error
        _run("ip", "link", "add", BRIDGE, "type", "bridge")
        _run("ip", "address", "add", f"{NODE_ADDRESS}/16", "dev", BRIDGE)
        _run("ip", "link", "set", BRIDGE, "up")
        # Where packets to the service would go if nobody took them: the balancer refuses them there.
        _run("ip", "route", "add", SERVICE_ADDRESS, "dev", BRIDGE)
        self.miners = self._add_miners()

    @staticmethod
    def _mount_own() -> None:
        _run("mount", "--make-rprivate", "/")
        _run("mount", "-t", "tmpfs", "tmpfs", "/run")
        Path("/run/netns").mkdir()
        Path("/run/etc").mkdir()
        # What we may not read of it nobody here needs.
        subprocess.run(["cp", "-a", "/etc/.", "/run/etc/"], check=False, stderr=subprocess.DEVNULL)
        Path("/run/etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files\n")
        Path("/run/etc/host.conf").write_text("multi on\n")
        _run("mount", "--bind", "/run/etc", "/etc")

    def _add_miners(self) -> Namespace:
        miners = Namespace("miners", _MINERS)
        self._make(miners, "world", 24, gate=_GATE)
        _run("ip", "address", "add", f"{_GATE}/24", "dev", "world")
        return miners

    @staticmethod
    def _make(made: Namespace, outside: str, bits: int, gate: str) -> None:
        inside = ["ip", "-n", made.name]
        _run("ip", "netns", "add", made.name)
        _run("ip", "link", "add", "name", "eth0", "netns", made.name, "type", "veth",
             "peer", "name", outside)
        _run("ip", "link", "set", outside, "up")
        _run(*inside, "link", "set", "lo", "up")
        _run(*inside, "address", "add", f"{made.address}/{bits}", "dev", "eth0")
        _run(*inside, "link", "set", "eth0", "up")
        _run(*inside, "route", "add", "default", "via", gate)

    def add_pod(self, name: str) -> Namespace:
        """A namespace with an address that nobody had before."""
        number = _FIRST_POD + self._count
        self._count += 1
        if self._count > _PODS_MAX:
            raise Failure(f"no more than {_PODS_MAX} pods")
        address = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
        made = Namespace(f"{name}.{self._count}", address)
        self._make(made, f"pod{self._count}", 16, gate=NODE_ADDRESS)
        _run("ip", "link", "set", f"pod{self._count}", "master", BRIDGE)
        return made

    @staticmethod
    def remove(gone: Namespace) -> None:
        _run("ip", "netns", "delete", gone.name)
