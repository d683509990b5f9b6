"""A translator in front of a whole pool of two gateways, for tests."""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tools" / "dev")]

from chaos_pool import GATEWAYS, Pool
from chaos_store import LoneRedis
from processes import Service, free_port

# What a Python miner finds a share of in a fifth of a second.
HASH_RATE = 100_000
# The pool's miners are six, of two channels each; this gives each channel a share a second.
SHARE_RATE = 12


class Farm(contextlib.AbstractContextManager):
    """The pool; translators are made of it. Its files stay for who looks for the reason of a
    failure, unless discard() said that there is none."""

    def __init__(self, binaries: Path):
        self.binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="adit-farm-"))
        self._is_discarded = False
        self._translators: list[Translator] = []
        self.pool = Pool(binaries, self.folder / "pool", SHARE_RATE, LoneRedis)

    def __exit__(self, *_):
        for translator in self._translators:
            translator.__exit__()
        self.pool.stop()
        if self._is_discarded:
            shutil.rmtree(self.folder)
        else:
            print(f"its files: {self.folder}")

    def discard(self) -> None:
        self._is_discarded = True

    def url(self, gateway: str) -> str:
        return next(miner.url for miner in self.pool.miners.all if miner.gateway == gateway)

    def translator(self, name: str, config: dict | None = None) -> "Translator":
        """Runs when this returns. `config` is what differs from a plain one, table by table."""
        folder = self.folder / name
        folder.mkdir()
        translator = Translator(self, folder, config or {})
        self._translators.append(translator)
        translator.start_and_wait()
        return translator

    def credited(self, worker: str) -> int:
        """Shares that the ledger has of an ACCOUNT.WORKER; the sums lag a little."""
        said = subprocess.run([str(self.binaries / "aditctl"), "direct", "shares", "--workers",
                               "--top", "1000", "--redis", self.pool._layout.address("redis")],
                              capture_output=True, text=True, check=True, timeout=60).stdout
        return next((int(line.split("accepted=")[1].split()[0]) for line in said.splitlines()
                     if line.startswith(worker + " ")), 0)


class Translator(Service):
    def __init__(self, farm: Farm, folder: Path, config: dict):
        self.folder = folder
        self.address = f"127.0.0.1:{free_port()}"
        self.tls_address = f"127.0.0.1:{free_port()}"
        plain = {"pools": [{"url": farm.url(gateway)} for gateway in GATEWAYS],
                 "miners": {"nominal_hash_rate": HASH_RATE}}
        merged = {**plain, **config, "miners": {**plain["miners"], **config.get("miners", {})}}
        merged["listen"] = {"address": self.address, **config.get("listen", {})}
        if "tls" in config:
            merged["listen"]["tls_address"] = self.tls_address
        super().__init__(farm.binaries / "adit-translator", folder, merged)

    def status(self, query: str = "") -> dict:
        status, text = self.get("/status.json" + query)
        if status != 200:
            raise AssertionError(f"/status.json: {status} {text}")
        return json.loads(text)

    def closed(self, reason: str) -> int:
        return int(self.metric(f'adit_translator_connections_closed_total{{reason="{reason}"}}'))
