"""The pool of ./dev upgrade: that of ./dev chaos with a second vardiff, an admin and a translator, each
process of either of two builds, and exchanged under load."""

import dataclasses
import re
import signal
import subprocess
import time
from pathlib import Path

import up_config
from chaos_miners import Miner
from chaos_pool import GATEWAYS, STAGE_GATEWAYS, TEMPLATES, WORKERS, Pool
from chaos_store import LoneRedis, ask
from console import Failure
from up_child import Child, Spec
from up_scrape import get

PRESENT, PREVIOUS = "present", "previous"
VARDIFFS = ("vardiff", "vardiff-2")
# The order in which they are exchanged; see the rounds.
SERVICES = {"gateway": GATEWAYS, "vardiff": VARDIFFS, "channel-manager": WORKERS,
            "template": TEMPLATES, "translator": ("translator",), "admin": ("admin",)}
PROGRAM_OF = {name: f"adit-{service}" for service, names in SERVICES.items() for name in names}
# What each says it takes at most to stop: notice, spread and grace, or the chassis' bound.
STOP_MAX_S = {"gateway": 20.0, "translator": 20.0}
STOP_MAX_OTHERS_S = 13.0
SV1_HASHES_PER_SECOND = 200_000


class Sv1Miner(Miner):
    """At the translator."""

    def __init__(self, program: Path, folder: Path, address: str):
        super().__init__(program, folder, "translator", f"stratum+tcp://{address}", "mixed")
        self._command = ["nice", "-n", 10, program, "--url", self.url, "--user", "upgrade.sv1",
                         "--threads", 1, "--throttle", SV1_HASHES_PER_SECOND,
                         "--journal", self.journal]


class MixedPool(Pool):
    """`builds` are folders of programs by name; everything starts as `first`."""

    def __init__(self, builds: dict[str, Path], folder: Path, share_rate: float, first: str):
        self._builds = builds
        self._build_of = dict.fromkeys(PROGRAM_OF, first)
        self._copies: list[Child] = []
        self.blocks: dict[str, bytes] = {}  # by hash: a block as it stood in a spool
        super().__init__(builds[PRESENT], folder, share_rate, LoneRedis)
        for name in ("vardiff-2", "admin"):
            self._start([self._service(name, PROGRAM_OF[name])])
        self._start([self._service("translator", PROGRAM_OF["translator"], STAGE_GATEWAYS + 1)])
        self.miners.all.append(Sv1Miner(self.binaries / "adit-miner", folder,
                                        self._layout.address("translator")))
        self.wait_until(self.is_whole, "the whole pool")

    def _service(self, name: str, program, stage: int = 1):
        spec = super()._service(name, program, stage)
        return dataclasses.replace(spec, command=self._command(name))

    def _command(self, name: str) -> list:
        return [self._builds[self._build_of[name]] / PROGRAM_OF[name], "--config",
                self.folder / f"{name}.toml"]

    def _write_configs(self, share_rate: float, worker_table: dict, nodes: list) -> None:
        super()._write_configs(share_rate, worker_table, nodes)
        at = self._layout.address
        self._edit("vardiff", {at("vardiff-grpc"): at("vardiff-2-grpc"),
                               at("vardiff-http"): at("vardiff-2-http")}, to="vardiff-2")
        both = f'"{at("vardiff-grpc")}", "{at("vardiff-2-grpc")}"'
        for name in GATEWAYS:
            self._edit(name, {f'"{at("vardiff-grpc")}"': both})
        authority = (self.folder / "keys" / "authority").read_text()

        def listen(name: str) -> dict:
            return {"grpc": at(f"{name}-grpc"), "http": at(f"{name}-http")}

        tables = {
            "translator": {
                "listen": {"address": at("translator"), **listen("translator")},
                "pools": [{"url": f"stratum2+tcp://{at(name)}/{authority}"} for name in GATEWAYS],
                "miners": {"nominal_hash_rate": SV1_HASHES_PER_SECOND}},
            "admin": {
                "listen": listen("admin"), "redis": self.store.table(),
                "api": {"listen": at("admin-api"), "insecure_loopback": True},
                "console": {"listen": at("admin-console")},
                "fleet": {"gateways": [at(f"{name}-grpc") for name in GATEWAYS],
                          "channel_managers": [at(f"{name}-grpc") for name in WORKERS],
                          "templates": [at(f"{name}-grpc") for name in TEMPLATES],
                          "vardiffs": [at(f"{name}-grpc") for name in VARDIFFS],
                          "translators": [at("translator-grpc")]}}}
        for name, table in tables.items():
            (self.folder / f"{name}.toml").write_text(up_config.toml(table))
        self._check_configs()

    def _make_keys(self) -> str:
        authority = super()._make_keys()
        (self.folder / "keys" / "authority").write_text(authority)
        return authority

    def _edit(self, name: str, changes: dict[str, str], to: str = "") -> None:
        text = (self.folder / f"{name}.toml").read_text()
        for old, new in changes.items():
            if old not in text:
                raise Failure(f"no {old} in {name}.toml")
            text = text.replace(old, new)
        (self.folder / f"{to or name}.toml").write_text(text)

    def _check_configs(self) -> None:
        """Every build takes them: what is new since the release has no place in this pool, as it
        would have none in the file of an operator who may have to go back."""
        for build, programs in self._builds.items():
            for name, program in PROGRAM_OF.items():
                done = subprocess.run([programs / program, "--check-config", "--config",
                                       self.folder / f"{name}.toml"], text=True, check=False,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                if done.returncode != 0:
                    raise Failure(f"the {build} {program} does not take {name}.toml: "
                                  f"{done.stdout.strip()}")

    def runs(self, name: str) -> str:
        return self._build_of[name]

    def exchange(self, name: str, build: str) -> float:
        """As a rolling update does: asks the process to stop, starts the other build in its place,
        and waits until the pool is whole. Returns how long the stop took."""
        child = self.child(name)
        asked = time.monotonic()
        child.send(signal.SIGTERM)
        service = PROGRAM_OF[name].removeprefix("adit-")
        stop_max = STOP_MAX_S.get(service, STOP_MAX_OTHERS_S)
        self.wait_until(lambda: not child.is_running, f"{name} to stop when asked", stop_max)
        took = time.monotonic() - asked
        self._build_of[name] = build
        child.spec = dataclasses.replace(child.spec, command=self._command(name))
        child.start()
        self.wait_until(self.is_whole, f"the {build} {name} to serve in the pool")
        return took

    def pays(self, worker: str, address: str) -> None:
        """From its next start on."""
        self._edit(worker, {up_config.DEVCHAIN_PAYOUT: address})

    def follow_a_third_gateway(self) -> None:
        """Channel-managers dial one that is not there yet, from their next start on."""
        bus = f'"{self._layout.address("gateway-2-bus")}"'
        for name in WORKERS:
            self._edit(name, {bus: f'{bus}, "{self._layout.address("gateway-3-bus")}"'})

    def copy_of(self, name: str, copy: str, program: Path) -> str:
        """Another process with the configuration of that one, at addresses of its own. Nobody
        waits for it to be ready."""
        at, text = self._layout.address, (self.folder / f"{name}.toml").read_text()
        ports = {at(f"{name}-{kind}"): at(f"{copy}-{kind}") for kind in ("grpc", "http")}
        if name in GATEWAYS:
            ports |= {at(name): at(copy), at(f"{name}-bus"): at(f"{copy}-bus")}
        for old, new in ports.items():
            text = text.replace(f'"{old}"', f'"{new}"')
        (self.folder / f"{copy}.toml").write_text(text)
        child = Child(Spec(copy, [program, "--config", self.folder / f"{copy}.toml"],
                           http=self._layout.port(f"{copy}-http")), self.folder / f"{copy}.log")
        child.start()
        self._copies.append(child)
        return copy

    def stop(self) -> None:
        for child in self._copies:
            child.send(signal.SIGTERM)
        for child in self._copies:
            child.wait(STOP_MAX_S["gateway"])
            if child.is_running:
                raise Failure(f"{child.spec.name} did not stop when asked")
        super().stop()

    def not_ready(self, name: str) -> str:
        """Why; empty when it is ready or does not answer."""
        answer = get(self._layout.port(f"{name}-http"), "/readyz")
        return answer[1].strip() if answer and answer[0] == 503 else ""

    def problems_of(self, name: str) -> str:
        """What a process says is wrong right now."""
        done = subprocess.run(
            [self.binaries / "control_client", self._layout.address(f"{name}-grpc"),
             "adit.control.v1.ControlService/GetDetails", "{}", "5000"],
            text=True, capture_output=True, check=False, timeout=30)
        return done.stdout

    def keep_blocks(self) -> None:
        """Copies what the spools hold now: blocks leave them when they are deep in the chain."""
        for spool in self.folder.glob("spool-*"):
            for path in spool.iterdir():
                if match := re.search(r"[0-9a-f]{64}", path.name):
                    try:
                        content = path.read_bytes()
                    except OSError:
                        continue  # it has just gone
                    if content.startswith(b"ADITBLK"):
                        self.blocks[match[0]] = content

    def events_of_blocks(self, event: str) -> dict[str, dict[str, str]]:
        """The entries of {pool}:blocks of that kind, by the block's hash."""
        lines = ask(self._layout.port("redis"), "xrange", "{pool}:blocks", "-", "+")
        found, fields, names = {}, {}, None
        for line in lines:
            if re.fullmatch(r"\d+-\d+", line):
                fields, names = {}, None
            elif names is None:
                names = line
            else:
                fields[names], names = line, None
                if fields.get("event") == event and "hash" in fields:
                    found[fields["hash"]] = fields
        return found

    def outputs_of_channels(self) -> dict[str, str]:
        """What the ledger says each open channel is paid by, by its key."""
        port, found = self._layout.port("redis"), {}
        for key in ask(port, "--raw", "keys", "{p*}:ch:*"):
            if outputs := ask(port, "--raw", "hget", key, "outputs"):
                found[key.rpartition(":")[2]] = outputs[0]
        return found

    def services_seen(self) -> str:
        """What the admin service says of the processes."""
        answer = get(self._layout.port("admin-http"), "/services", 3.0)
        return answer[1] if answer and answer[0] == 200 else ""

    def problems_seen(self) -> str:
        answer = get(self._layout.port("admin-http"), "/problems", 3.0)
        return answer[1] if answer and answer[0] == 200 else ""

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

