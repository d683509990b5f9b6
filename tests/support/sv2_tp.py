"""The C++ template provider (sv2-tp) for tests, beside a Bitcoin Core that serves IPC.

The program is the one that ADIT_SV2_TP names, or one on the PATH. It has to be made for the Bitcoin
Core that is used, whose Mining interface differs from version to version. Without it find() raises
bitcoin_core.Unavailable.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import bitcoin_core
from processes import Process, free_port, wait_until


def find() -> Path:
    if named := os.environ.get("ADIT_SV2_TP"):
        program = Path(named).resolve()
        if not os.access(program, os.X_OK):
            raise AssertionError(f"ADIT_SV2_TP={named} is no program")
        return program
    if found := shutil.which("sv2-tp"):
        return Path(found)
    raise bitcoin_core.Unavailable("no sv2-tp")


def version(program: Path) -> str:
    """Its own first line."""
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]


class TemplateProvider(Process):
    """`url` is what a client is given."""

    def __init__(self, node: bitcoin_core.Node, *options: str):
        program = find()
        self.folder = node.folder / "sv2-tp"
        (self.folder / "regtest").mkdir(parents=True)  # it makes none for its log
        self.port = free_port()
        super().__init__([str(program), "-regtest", f"-datadir={self.folder}",
                          f"-ipcconnect=unix:{node.ipc}", "-sv2bind=127.0.0.1",
                          f"-sv2port={self.port}", "-debug=sv2", *options],
                         self.folder / "output.log")
        self.start()
        key = wait_until(self._authority, "sv2-tp to say its authority's key")
        self.url = f"sv2+tcp://127.0.0.1:{self.port}/{key}"

    def _authority(self) -> str | None:
        if not self.is_running():
            raise AssertionError(f"sv2-tp does not start: {self.text()[-1000:]}")
        said = self.text() + "".join(log.read_text(errors="replace")
                                     for log in self.folder.rglob("debug.log"))
        match = re.search(r"uthority key: (\w+)", said)
        return match and match.group(1)
