"""The pool of ./dev soak: that of ./dev chaos with a vardiff that follows hash rates, a chain that
is never quiet, and one translator in front of both gateways."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import chaos_pool
import up_config
from chaos_node import Devnode
from chaos_pool import GATEWAYS
from chaos_store import LoneRedis
from up_child import Spec
from up_scrape import listens

TRANSLATOR = "translator"
MODES = ("per-miner", "aggregated")
STAGE_TRANSLATOR = 3
# Seconds between blocks that somebody else finds; the miners' own come on top.
FOREIGN_BLOCKS_S = 4
# A share's answer waits so long for the pool's verdict.
ANSWER_WITHIN_S = 1.0
# As a service manager does: it starts what died again, and not in the same instant.
RESTART_AFTER_S = 1.0
# Of the shares of all miners behind one channel, so many are to reach the pool; and what a
# policy takes at most.
AGGREGATED_PART, AGGREGATED_MAX = 0.5, 1200.0
# Miners of a few hundred hashes a second.
EASIEST_DIFFICULTY = 1e-9


@dataclass(frozen=True)
class Kill:
    """Gateways killed at once, in microseconds of unix time; `back_us` is when all were ready
    again and the translator served."""

    names: tuple[str, ...]
    at_us: int
    back_us: int


@dataclass(frozen=True)
class Sample:
    """What the translator holds at a moment, in seconds of the run."""

    at_s: float
    resident_bytes: int
    descriptors: int
    cpu_s: float


class BusyDevnode(Devnode):
    def spec(self) -> Spec:
        spec = super().spec()
        command = [*spec.command, "--foreign-blocks", FOREIGN_BLOCKS_S]
        return Spec(spec.name, command, is_ready=spec.is_ready)


class Pool(chaos_pool.Pool):
    """Started by its constructor, with the translator in the given mode."""

    def __init__(self, binaries: Path, folder: Path, mode: str, miners: int,
                 shares_per_minute: float):
        """`shares_per_minute` is of each miner."""
        self._mode = mode
        self._shares_per_minute = shares_per_minute
        self._of_a_channel = shares_per_minute if mode == MODES[0] else \
            min(AGGREGATED_PART * miners * shares_per_minute, AGGREGATED_MAX)
        # What chaos_pool makes of a rate of shares is overwritten below.
        super().__init__(binaries, folder, 1, LoneRedis, worker_table={
            "shares": {"per_minute": self._of_a_channel,
                       "easiest_difficulty": EASIEST_DIFFICULTY}},
            setting=chaos_pool.Setting(node=BusyDevnode))
        urls = [miner.url for miner in self.miners.all]
        self._write(TRANSLATOR, self._translator_table(sorted(set(urls))))
        self._start([self._service(TRANSLATOR, "adit-translator", STAGE_TRANSLATOR)])
        self.miner_port = self._layout.port(f"{TRANSLATOR}-miners")
        self.wait_until(lambda: listens(self.miner_port), "the translator to listen for miners")

    def _write(self, name: str, table: dict) -> None:
        (self.folder / f"{name}.toml").write_text(up_config.toml(table))

    def _write_configs(self, *arguments) -> None:
        super()._write_configs(*arguments)
        at = self._layout.address
        self._write("vardiff", {
            "listen": {"grpc": at("vardiff-grpc"), "http": at("vardiff-http")},
            "redis": self.store.table(),
            "policy": {"shares_per_minute": self._of_a_channel}})

    def _translator_table(self, urls: list[str]) -> dict:
        at = self._layout.address
        aggregated = self._mode == "aggregated"
        pools = [{"url": url, **({"user_identity": "soak.farm"} if aggregated else {})}
                 for url in urls]
        table = {
            "mode": self._mode,
            "listen": {"address": at(f"{TRANSLATOR}-miners"), "grpc": at(f"{TRANSLATOR}-grpc"),
                       "http": at(f"{TRANSLATOR}-http")},
            "pools": pools,
            "upstream": {"failover_after": "1s", "return_after": "15s"},
            "miners": {"shares_per_minute": self._shares_per_minute, "nominal_hash_rate": 1000.0,
                       "answer_within": f"{ANSWER_WITHIN_S * 1000:.0f}ms"}}
        if aggregated:
            table["vardiff"] = {"shares_per_minute": self._shares_per_minute,
                                "easiest_difficulty": EASIEST_DIFFICULTY,
                                "start_hash_rate": 1000.0}
        return table

    def kill(self, names: tuple[str, ...]) -> Kill:
        """kill -9 of these gateways; returns when they are back."""
        at_us = time.time_ns() // 1000
        for name in names:
            self.child(name).send(signal.SIGKILL)
        time.sleep(RESTART_AFTER_S)
        for name in names:
            child = self.child(name)
            self.wait_until(lambda child=child: not child.is_running, f"{name} to have ended")
            child.start()
        self.wait_until(self.is_whole, f"{', '.join(names)} to be back")
        return Kill(names, at_us, time.time_ns() // 1000)

    def gateways_to_kill(self, number: int) -> tuple[str, ...]:
        """First the one that the translator prefers; then both at once, so that it has none."""
        return GATEWAYS[:1] if number == 0 else GATEWAYS

    def sample(self, began: float) -> Sample:
        process = Path(f"/proc/{self.child(TRANSLATOR).pid}")
        resident = int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        user, system = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
        return Sample(time.monotonic() - began, resident, len(os.listdir(process / "fd")),
                      (int(user) + int(system)) / os.sysconf("SC_CLK_TCK"))

    def audit_sv1(self, journal: Path, kills: list[Kill]) -> tuple[bool, str]:
        """Whether the auditor finds nothing, and what it said. The miners must have ended."""
        unserved = []
        for kill in kills:
            unserved += ["--unserved", f"{kill.at_us}-{kill.back_us}"]
        done = subprocess.run(
            [self.binaries / "adit-auditor", "--redis", self._layout.address("redis"),
             "--answer-within", f"{ANSWER_WITHIN_S * 1000:.0f}ms", *unserved,
             "--journal", journal],
            text=True, capture_output=True, check=False, timeout=1200)
        said = done.stderr + done.stdout
        (self.folder / "auditor.log").write_text(said)  # the result is last
        return done.returncode == 0, said
