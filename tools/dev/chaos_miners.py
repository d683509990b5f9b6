"""The load of ./dev chaos: real miners with journals, many shares at an easy target."""

import signal
import subprocess
import time
from pathlib import Path

import children
from chaos_journal import Tail
from console import Failure

# Of each gateway, by what they are asked to open.
CHANNELS = {"standard": {"standard": 2}, "extended": {"extended": 2},
            "mixed": {"standard": 1, "extended": 1}}
CHANNELS_EACH = 2
# So few hashes a second cost the pool nothing; the target is as easy as the rate wants it.
HASHES_PER_SECOND = 20_000
# What a channel-manager accepts as shares.per_minute.
SHARES_PER_MINUTE_MAX = 6000
ANSWERED_WITHIN_S = 30.0
STOP_PATIENCE_S = 10.0


def shares_per_minute(share_rate: float, gateways: int) -> float:
    """Of one channel, so that all of them together find that many shares a second."""
    return share_rate * 60 / (gateways * len(CHANNELS) * CHANNELS_EACH)


def share_rate_max(gateways: int) -> float:
    return SHARES_PER_MINUTE_MAX * gateways * len(CHANNELS) * CHANNELS_EACH / 60


class Miner:
    """One connection to one gateway. Runs a round; its journal goes on over rounds."""

    def __init__(self, program: Path, folder: Path, gateway: str, url: str, kind: str,
                 prefix: list | None = None):
        self.gateway = gateway
        self.url = url
        self.name = f"miner-{gateway}-{kind}"
        self.journal = folder / f"{self.name}.journal"
        self._log = folder / f"{self.name}.log"
        self._command = [*(prefix or []), "nice", "-n", 10, program, "--url", url, "--user", f"chaos.{kind}",
                         "--threads", 1, "--throttle", HASHES_PER_SECOND,
                         "--journal", self.journal]
        for channels, count in CHANNELS[kind].items():
            self._command += [f"--{channels}", count]
        self._process: subprocess.Popen | None = None
        self.tail = Tail(self.journal)

    def start(self) -> None:
        self.tail = Tail(self.journal)
        with self._log.open("ab") as log:
            self._process = children.start(self._command, stdout=log, stderr=subprocess.STDOUT)

    def ask_to_stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self) -> None:
        try:
            status = self._process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"{self.name} did not stop when asked; see {self._log}") from error
        if status != 0:
            raise Failure(f"{self.name} ended with status {status}; see {self._log}")
        self.tail.read()


class Miners:
    """All of them; a context ends with them stopped."""

    def __init__(self, program: Path, folder: Path, urls: dict[str, str],
                 prefix: list | None = None):
        """`urls` by the gateway's name; `prefix` comes before their commands."""
        self.all = [Miner(program, folder, gateway, url, kind, prefix)
                    for gateway, url in urls.items() for kind in CHANNELS]

    def start(self) -> None:
        for miner in self.all:
            miner.start()

    def stop(self) -> None:
        """They wait for the answers to what they have submitted."""
        for miner in self.all:
            miner.ask_to_stop()
        for miner in self.all:
            miner.wait()

    def read(self) -> None:
        for miner in self.all:
            miner.tail.read()

    def wait_for_answers(self, since_us: int, patience_s: float = ANSWERED_WITHIN_S) -> None:
        """Until each of them was answered after that moment."""
        deadline = time.monotonic() + patience_s
        while True:
            self.read()
            waiting = [miner for miner in self.all if not miner.tail.is_answered_since(since_us)]
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise Failure(f"no answer for {patience_s:.0f} s to "
                              + ", ".join(miner.name for miner in waiting))
            time.sleep(0.05)

    @property
    def shares(self) -> int:
        return sum(miner.tail.shares for miner in self.all)
