"""The pool of ./dev chaos: two gateways, three channel-managers, two template replicas on one
development node, vardiff, and Redis."""

import dataclasses
import json
import signal
import struct
import subprocess
import time
from pathlib import Path

import chaos_miners
import up_config
from chaos_disk import Disk
from chaos_layout import Layout, ports_in_use
from chaos_machines import Machines
from chaos_miners import Miners
from chaos_node import Devnode
from console import Failure, say
from up_child import Child, Spec
from up_scrape import Totals, get, parse_metrics
from up_supervisor import Supervisor

GATEWAYS = ("gateway-1", "gateway-2")
TEMPLATES = ("template-1", "template-2")
WORKERS = ("channel-manager-1", "channel-manager-2", "channel-manager-3")
# Of the pool itself, by the names that child() takes.
PROCESSES = ("redis", *TEMPLATES, "vardiff", *WORKERS, *GATEWAYS)
ADMIN = "admin"
STAGE_SERVICES, STAGE_GATEWAYS = 1, 2
REJOINED_WITHIN_S = 60.0
PORTS_FREE_WITHIN_S = 5.0


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a pool runs on, where that is not just this machine."""

    machines: Machines | None = None  # each process on one of its own
    disks: tuple[str, ...] = ()       # folders of the pool that are small file systems
    clocks: Path | None = None        # what lets each process' calendar jump (tests/clock)
    node: type = Devnode              # what the template service follows
    has_admin: bool = False           # somebody says what is wrong
    keeps_rate: bool = False          # vardiff wants the rate of shares that miners begin with


class Pool:
    """Started by its constructor; stop() ends it. `store` makes the Redis of a layout; `worker`
    runs in place of the channel-manager, with more in its configuration; `nodes` are those of the
    template service, the setting's if there are none."""

    def __init__(self, binaries: Path, folder: Path, share_rate: float, store,
                 worker: Path | None = None, worker_table: dict | None = None,
                 nodes: list | None = None, setting: Setting = Setting()):
        folder.mkdir(parents=True)
        self.folder = folder
        self.setting = setting
        self.binaries = binaries
        self._layout = Layout(folder, setting.machines)
        self._supervisor = Supervisor(folder, time.sleep, say, Totals())
        self.store = store(self._layout)
        self.node = setting.node(self._layout, binaries) if nodes is None else None
        self.disks = {name: Disk(folder / name) for name in setting.disks}
        authority = self._make_keys()
        self._write_configs(share_rate, worker_table or {}, nodes or [self.node.table()])
        self._start(self.store.specs())
        self.store.assemble()
        if self.node is not None:
            self._start([self.node.spec()])
            self.node.assemble()
        self._start([*(self._service(name, "adit-template") for name in TEMPLATES),
                     self._service("vardiff", "adit-vardiff"),
                     *(self._service(name, worker or "adit-channel-manager")
                       for name in WORKERS)])
        self._start([self._service(name, "adit-gateway", STAGE_GATEWAYS) for name in GATEWAYS])
        if setting.has_admin:
            self._start([self._service(ADMIN, "adit-admin", STAGE_GATEWAYS)])
        self.miners = Miners(binaries / "adit-miner", folder, {
            name: f"stratum2+tcp://{self._layout.address(name)}/{authority}"
            for name in GATEWAYS}, setting.machines.prefix("miners") if setting.machines else [])
        self.wait_until(self.is_whole, "every gateway to know every channel-manager")
        self._whole_at = time.monotonic()

    def age_s(self) -> float:
        return time.monotonic() - self._whole_at

    def _make_keys(self) -> str:
        (self.folder / "keys").mkdir()
        said = []
        for command in up_config.key_commands(self.binaries, self._layout):
            done = subprocess.run([str(word) for word in command], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            said.append(done.stdout.strip())
            if done.returncode != 0:
                raise Failure(f"aditctl could not make keys: {said[-1]}")
        return up_config.authority_key(said[0])

    def _write_configs(self, share_rate: float, worker_table: dict, nodes: list) -> None:
        at = self._layout.address
        store, templates = self.store.table(), {
            "replicas": [at(f"{name}-grpc") for name in TEMPLATES]}

        def listen(name: str) -> dict:
            return {"grpc": at(f"{name}-grpc"), "http": at(f"{name}-http")}

        tables = {
            # Soon enough to happen within a pool's rounds; no fault is as long.
            "vardiff": {"listen": listen("vardiff"), "redis": store,
                        "reaping": {"after": "20s"}}}
        per_minute = chaos_miners.shares_per_minute(share_rate, len(GATEWAYS))
        if self.setting.keeps_rate:
            tables["vardiff"]["policy"] = {"shares_per_minute": per_minute}
        (self.folder / "node.secret").touch(mode=0o600)
        (self.folder / "node.secret").write_text("any\n")
        for name in TEMPLATES:
            tables[name] = {
                "network": "regtest", "listen": listen(name), "redis": store, **templates,
                "nodes": nodes,
                "spool": {"directory": f"spool-{name}"}}
        for name in WORKERS:
            tables[name] = {
                "network": "regtest", "listen": listen(name), "redis": store,
                "bus": {"gateways": [at(f"{gateway}-bus") for gateway in GATEWAYS]},
                "templates": templates, "payout": {"address": up_config.DEVCHAIN_PAYOUT},
                "shares": {"per_minute": per_minute, "easiest_difficulty": 1e-9},
                **worker_table}
        for name in GATEWAYS:
            tables[name] = {
                "listen": {"address": at(name), **listen(name)},
                "noise": {"key_file": "keys/gateway.key",
                          "certificate_file": "keys/gateway.cert"},
                "redis": store, "bus": {"listen": at(f"{name}-bus")}, "templates": templates,
                "vardiff": {"replicas": [at("vardiff-grpc")]}}
        if self.setting.has_admin:
            tables[ADMIN] = self._admin_table(listen(ADMIN), store)
            for name, table in tables.items():
                table["service"] = {"name": name}
        for name, table in tables.items():
            (self.folder / f"{name}.toml").write_text(up_config.toml(table))

    def _admin_table(self, listen: dict, store: dict) -> dict:
        def of(names: tuple[str, ...]) -> list[str]:
            return [self._layout.address(f"{name}-grpc") for name in names]

        return {"listen": listen, "redis": store,
                # For operators on its own machine; nobody here is one.
                "api": {"listen": f"127.0.0.1:{self._layout.port('admin-api')}",
                        "insecure_loopback": True},
                "console": {"listen": f"127.0.0.1:{self._layout.port('admin-console')}"},
                "fleet": {"gateways": of(GATEWAYS), "channel_managers": of(WORKERS),
                          "templates": of(TEMPLATES), "vardiffs": of(("vardiff",))}}

    def _service(self, name: str, program: str | Path, stage: int = STAGE_SERVICES) -> Spec:
        return Spec(name, [self.binaries / program, "--config", self.folder / f"{name}.toml"],
                    http=self._layout.port(f"{name}-http"), stage=stage)

    def _start(self, specs: list[Spec]) -> None:
        for spec in specs:
            self._supervisor.start(dataclasses.replace(
                spec, command=[*self._prefix(spec.name), *spec.command],
                host=self._layout.host(spec.name)))
        self._supervisor.wait_until_ready([spec.name for spec in specs])

    def _prefix(self, name: str) -> list:
        """Before a process' command, what it runs on."""
        machines, clocks = self.setting.machines, self.setting.clocks
        prefix = machines.prefix(name) if machines else []
        if clocks:
            self.set_clock(name, 0)
            prefix += ["env", f"LD_PRELOAD={clocks}", f"ADIT_CLOCK_SHIFT={self._clock(name)}"]
        return prefix

    def _clock(self, name: str) -> Path:
        return self.folder / f"{name}.clock"

    def set_clock(self, name: str, seconds: float) -> None:
        """From now on its calendar is so far from this machine's."""
        shift = struct.pack("=q", int(seconds * 1e6))
        file = self._clock(name)
        if not file.exists():
            file.write_bytes(shift)
        with file.open("r+b", buffering=0) as clock:
            clock.write(shift)

    def child(self, name: str) -> Child:
        return next(child for child in self._supervisor.children if child.spec.name == name)

    def address(self, name: str) -> str:
        """Where a process, or a door of its, listens: "gateway-1-grpc"."""
        return self._layout.address(name)

    def _get(self, name: str, path: str) -> tuple[int, str] | None:
        spec = self.child(name).spec
        return get(spec.http, path, host=spec.host)

    def metric(self, name: str, series: str) -> float:
        """The sum of a process's series of that name; 0 when it does not answer."""
        answer = self._get(name, "/metrics")
        samples = parse_metrics(answer[1]) if answer and answer[0] == 200 else {}
        return sum(value for (metric, _), value in samples.items() if metric == series)

    def series(self, name: str, metric: str, label: str) -> dict[str, float]:
        """A process's series of a metric, by the value of one label."""
        answer = self._get(name, "/metrics")
        samples = parse_metrics(answer[1]) if answer and answer[0] == 200 else {}
        return {dict(labels)[label]: value for (found, labels), value in samples.items()
                if found == metric}

    def is_ready(self, name: str) -> bool:
        answer = self._get(name, "/readyz") if self.child(name).is_running else None
        return answer is not None and answer[0] == 200

    def is_whole(self) -> bool:
        """Every process is there, and every gateway has every channel-manager."""
        return (self.store.is_whole()
                and all(self.is_ready(child.spec.name) for child in self._supervisor.children
                        if child.spec.http is not None)
                and all(self.metric(name, "adit_gateway_bus_workers") == len(WORKERS)
                        for name in GATEWAYS)
                and all(self.metric(name, "adit_template_peers_in_sync") == len(TEMPLATES) - 1
                        for name in TEMPLATES))

    def wait_until(self, claim, what: str, patience_s: float = REJOINED_WITHIN_S) -> None:
        deadline = time.monotonic() + patience_s
        while not claim():
            if time.monotonic() > deadline:
                raise Failure(f"waited {patience_s:.0f} s for {what}")
            time.sleep(0.05)

    def problems(self) -> list[dict]:
        """What adit-admin calls wrong."""
        answer = self._get(ADMIN, "/problems")
        return json.loads(answer[1])["problems"] if answer and answer[0] == 200 else []

    def template_leader(self) -> str:
        """The replica that leads; raises Failure where there is none for too long."""
        self.wait_until(lambda: self._template_leader() is not None, "a template replica to lead")
        return self._template_leader() or TEMPLATES[0]

    def _template_leader(self) -> str | None:
        return next((name for name in TEMPLATES
                     if self.metric(name, "adit_template_leader") == 1), None)

    def check_living(self, but: str = "") -> None:
        """Raises Failure when a process ended that nobody killed."""
        for child in self._supervisor.children:
            if child.spec.name != but and not child.is_running:
                raise Failure(f"{child.spec.name} ended by itself: {child.last_line()} "
                              f"(all of it: {child.log})")

    def audit(self) -> tuple[bool, str]:
        """Whether the auditor finds nothing, and what it said. The miners must have ended."""
        done = subprocess.run(
            [self.binaries / "adit-auditor", *self.store.tool_flags(), "--journal",
             *(miner.journal for miner in self.miners.all)],
            text=True, capture_output=True, check=False, timeout=120)
        (self.folder / "auditor.log").write_text(done.stderr + done.stdout)  # the result is last
        return done.returncode == 0, done.stderr + done.stdout

    def stop(self) -> None:
        """Ends all of it in order; raises Failure when something stays behind."""
        for child in self._supervisor.children:
            child.send(signal.SIGCONT)
        killed = self._supervisor.stop()
        if killed:
            raise Failure(f"did not stop when asked: {', '.join(killed)}")
        self.wait_until(lambda: not ports_in_use(self._layout), "its ports to be free",
                        PORTS_FREE_WITHIN_S)
        self._layout.close()
