"""A template service that serves others by template distribution, and its keys."""

import subprocess
from pathlib import Path

from processes import Service, free_port

# Regtest's own difficulty: a few hashes a block.
EASY = {"name": "chain", "kind": "devchain", "difficulty": 4.7e-10, "block_interval": "1h",
        "refresh_interval": "0s"}


def make_keys(aditctl: Path, folder: Path) -> tuple[dict, str]:
    """Keys in the folder: what a configuration says of them, and the authority's public key."""
    folder.mkdir()
    authority, gateway, certificate = (folder / name for name in
                                       ("authority.key", "template.key", "template.cert"))
    said = [subprocess.run([aditctl, "keys", *map(str, arguments)], capture_output=True, text=True,
                           check=True).stdout
            for arguments in (["authority", "--out", authority], ["gateway", "--out", gateway],
                              ["sign", "--authority", authority, "--gateway", gateway,
                               "--valid-for", "30d", "--out", certificate])]
    return ({"key_file": str(gateway), "certificate_file": str(certificate)}, said[0].split()[-1])


class Provider(Service):
    """`node` is where its templates come from; `url` what clients are given."""

    def __init__(self, program: Path, aditctl: Path, folder: Path, redis: str,
                 node: dict | None = None, **keys):
        folder.mkdir()
        files, self.authority = make_keys(aditctl, folder / "keys")
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"sv2+tcp://{self.address}/{self.authority}"
        super().__init__(program, folder, {
            "redis": {"address": redis}, "spool": {"directory": "spool"}, "nodes": [node or EASY],
            "template_distribution": {"listen": self.address, **files, **keys}})
