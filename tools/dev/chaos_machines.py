"""Machines of ./dev chaos: a network namespace for each process, with an address of its own, on one
bridge. Packets between two of them can be dropped, in one direction or both, and a cable pulled:
nobody is told, as in a real network. All of it ends with this process; see own_network.py.
"""

import shutil
from collections import Counter
from pathlib import Path

from console import Failure
from own_network import Refused, run

BRIDGE = "machines"
# This process' own: from here the pool is looked at.
OWN_ADDRESS = "10.79.0.1"
_FIRST = (10 << 24) + (79 << 16) + 256
# Of what a lossy link loses.
LOSS_PERCENT = 10
# What is dropped is dropped where it arrives: who sent it hears of nothing.
_RULES = f"""table inet chaos {{
    set unheard {{ type ipv4_addr; }}
    set badly_heard {{ type ipv4_addr; }}
    chain input {{
        type filter hook input priority 0;
        ip saddr @unheard drop
        ip saddr @badly_heard numgen random mod 100 < {LOSS_PERCENT} drop
    }}
}}
"""


class Machines:
    """To be made after own_network.leave_machine(). Raises Refused where that is not enough."""

    def __init__(self):
        for program in ("ip", "nft", "nsenter", "mount"):
            if shutil.which(program) is None:
                raise Refused(f"{program} is not installed; Debian's iproute2, nftables and "
                              "util-linux have it")
        self._addresses: dict[str, str] = {}
        self._unheard: Counter[tuple[str, str]] = Counter()  # (sender, receiver)
        self._badly_heard: Counter[tuple[str, str]] = Counter()
        self._unplugged: Counter[str] = Counter()
        try:
            run("mount", "--make-rprivate", "/")
            run("mount", "-t", "tmpfs", "tmpfs", "/run")
            Path("/run/netns").mkdir()
            run("ip", "-batch", "-", text="\n".join((
                f"link add {BRIDGE} type bridge", f"address add {OWN_ADDRESS}/16 dev {BRIDGE}",
                f"link set {BRIDGE} up", "")))
        except Failure as failure:
            raise Refused(str(failure)) from failure

    def address(self, name: str) -> str:
        """Of a machine, which is made where there is none of that name."""
        if name not in self._addresses:
            self._addresses[name] = self._make(name, len(self._addresses))
        return self._addresses[name]

    def prefix(self, name: str) -> list[str]:
        """Before a command that is to run there."""
        self.address(name)
        return ["nsenter", f"--net=/run/netns/{name}", "--"]

    def everybody_but(self, *names: str) -> list[str]:
        return [name for name in self._addresses if name not in names]

    def cut(self, sender: str, receiver: str) -> None:
        """Nothing that one sends reaches the other any more."""
        self._unheard[sender, receiver] += 1
        self._write(receiver)

    def mend(self, sender: str, receiver: str) -> None:
        self._unheard[sender, receiver] -= 1
        self._write(receiver)

    def lose(self, sender: str, receiver: str, is_lossy: bool = True) -> None:
        """Some of what one sends does not reach the other."""
        self._badly_heard[sender, receiver] += 1 if is_lossy else -1
        self._write(receiver)

    def pull(self, name: str) -> None:
        """Its cable."""
        self._unplugged[name] += 1
        self._set_link(name)

    def plug(self, name: str) -> None:
        self._unplugged[name] -= 1
        self._set_link(name)

    def mend_all(self) -> None:
        self._unheard.clear()
        self._badly_heard.clear()
        self._unplugged.clear()
        for name in self._addresses:
            self._write(name)
            self._set_link(name)

    def _make(self, name: str, number: int) -> str:
        address = ".".join(str(_FIRST + number >> shift & 255) for shift in (24, 16, 8, 0))
        run("ip", "netns", "add", name)
        cable = self._cable(number)
        run("ip", "-batch", "-", text="\n".join((
            f"link add name eth0 netns {name} type veth peer name {cable}",
            f"link set {cable} master {BRIDGE}", f"link set {cable} up", "")))
        run("ip", "-n", name, "-batch", "-", text="\n".join((
            "link set lo up", f"address add {address}/16 dev eth0", "link set eth0 up", "")))
        self._nft(name, _RULES)
        return address

    @staticmethod
    def _cable(number: int) -> str:
        return f"machine{number}"

    def _set_link(self, name: str) -> None:
        number = list(self._addresses).index(name)
        run("ip", "link", "set", self._cable(number), "down" if self._unplugged[name] else "up")

    def _write(self, receiver: str) -> None:
        lines = []
        for name, links in (("unheard", self._unheard), ("badly_heard", self._badly_heard)):
            lines.append(f"flush set inet chaos {name}")
            senders = [self.address(sender) for (sender, to), count in links.items()
                       if to == receiver and count > 0]
            if senders:
                lines.append(f"add element inet chaos {name} {{ {', '.join(senders)} }}")
        self._nft(receiver, "\n".join(lines) + "\n")

    @staticmethod
    def _nft(name: str, text: str) -> None:
        run("nsenter", f"--net=/run/netns/{name}", "--", "nft", "-f", "-", text=text)
