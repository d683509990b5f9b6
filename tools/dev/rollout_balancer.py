"""The one address that miners dial, balanced as kube-proxy does it: each new connection goes to one
of the endpoints by chance and stays there; without any it is refused."""

import subprocess

from console import Failure


def rules(address: str, port: int, endpoints: list[str]) -> str:
    """For nft, in one transaction. Connections that are there are the kernel's memory, not these
    rules'."""
    text = """add table ip service
add chain ip service balance { type nat hook prerouting priority dstnat; }
add chain ip service refuse { type filter hook forward priority filter; }
flush chain ip service balance
flush chain ip service refuse
"""
    if endpoints:
        choices = ", ".join(f"{number} : {endpoint}" for number, endpoint in enumerate(endpoints))
        text += (f"add rule ip service balance ip daddr {address} tcp dport {port} "
                 f"dnat to numgen random mod {len(endpoints)} map {{ {choices} }}\n")
    return text + f"add rule ip service refuse ip daddr {address} reject with tcp reset\n"


class Balancer:
    def __init__(self, address: str, port: int):
        self._address = address
        self._port = port
        self._endpoints: list[str] | None = None
        self.set([])

    def set(self, endpoints: list[str]) -> None:
        if endpoints == self._endpoints:
            return
        done = subprocess.run(["nft", "-f", "-"], text=True, check=False,
                              input=rules(self._address, self._port, endpoints),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise Failure(f"nft: {done.stdout.strip()}")
        self._endpoints = endpoints
