"""The pool of ./dev rollout: three gateways, three channel-managers, two template replicas over one
development node, two vardiffs, admin, and Redis behind Sentinel, each a pod."""

import json
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import rollout_config as config
import up_config
from console import Failure
from rollout_balancer import Balancer
from rollout_cluster import Cluster
from rollout_pod import Pod, Workload, http_ready
from rollout_redis import NODES, PORT, TABLE, RedisGroup
from rollout_world import SERVICE_ADDRESS, World
from up_scrape import listens

GATEWAYS, WORKERS, TEMPLATES, VARDIFFS = 3, 3, 2, 2
GATEWAY, WORKER, TEMPLATE, VARDIFF, ADMIN = ("gateway", "channel-manager", "template", "vardiff",
                                             "admin")
# Beside the spread of a drain: notice, and what a gateway takes at most to answer what it has read.
GATEWAY_GRACE_S = config.NOTICE_S + 20.0
# Blocks make shares stale, and in the world one comes every ten minutes. Here others find one as often
# as this, and the miners themselves half as many, however fast they are.
FOREIGN_BLOCKS_S = 30
OWN_BLOCKS_S = 60
BLOCKS_ANSWERED_WITHIN_S = 10.0
HASHES_OF_DIFFICULTY_1 = 2 ** 32


class Pool:
    def __init__(self, binaries: Path, folder: Path, share_rate: float, shares_per_minute: float,
                 spread_s: float):
        """`share_rate` is a second's of all miners, `shares_per_minute` a channel's, `spread_s` the
        gateways' drain."""
        self._binaries = binaries
        self.folder = folder
        self.world = World()
        self.cluster = Cluster(self.world, folder, GATEWAY,
                               Balancer(SERVICE_ADDRESS, config.MINERS))
        self.redis = RedisGroup(self.cluster)
        store = TABLE
        self._tables = {GATEWAY: config.gateway(store, spread_s),
                        WORKER: config.channel_manager(store, shares_per_minute),
                        TEMPLATE: config.template(store), VARDIFF: config.vardiff(store),
                        ADMIN: config.admin(store)}
        self._block_difficulty = (share_rate * OWN_BLOCKS_S
                                  * max(1 / HASHES_OF_DIFFICULTY_1, config.SHARE_DIFFICULTY))
        self._keys = folder / "keys"
        self.url = f"stratum2+tcp://{SERVICE_ADDRESS}:{config.MINERS}/{self._make_keys()}"
        self.workloads = {
            GATEWAY: self._ours(GATEWAY, config.GATEWAY_HTTP, grace_s=spread_s + GATEWAY_GRACE_S),
            WORKER: self._ours(WORKER, config.WORKER_HTTP, is_surging=True),
            TEMPLATE: self._ours(TEMPLATE, config.TEMPLATE_HTTP),
            VARDIFF: self._ours(VARDIFF, config.VARDIFF_HTTP, is_surging=True),
            ADMIN: self._ours(ADMIN, config.ADMIN_HTTP)}

    def _make_keys(self) -> str:
        """Returns the authority's public key."""
        self._keys.mkdir(parents=True)
        said = []
        for command in up_config.key_commands(self._binaries, self):
            done = subprocess.run([str(word) for word in command], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            said.append(done.stdout.strip())
            if done.returncode != 0:
                raise Failure(f"aditctl could not make keys: {said[-1]}")
        return up_config.authority_key(said[0])

    def _ours(self, name: str, http: int, **more) -> Workload:
        return Workload(
            name, f"{name}s", prepare=self._mount, is_ready=http_ready(http),
            command=lambda pod: [self._binaries / f"adit-{name}", "--config",
                                 pod.folder / f"{name}.toml"], **more)

    def _mount(self, pod: Pod) -> None:
        """Configuration and secrets."""
        name = pod.workload.name
        table = {**self._tables[name], "service": {"name": pod.name}}
        (pod.folder / f"{name}.toml").write_text(up_config.toml(table))
        if name == GATEWAY:
            for key in ("gateway.key", "gateway.cert"):
                shutil.copy2(self._keys / key, pod.folder / key)
        if name == TEMPLATE:
            secret = pod.folder / "node.secret"
            secret.touch(mode=0o600)
            secret.write_text("any\n")

    def start(self, add_workers=None) -> None:
        """Returns when all of it is ready and knows each other. `add_workers` adds the
        channel-managers, if not as many as usual."""
        self.redis.start()
        node = Workload(
            "devnode", "devnode", is_ready=lambda pod: listens(config.NODE, pod.address),
            command=lambda _: [self._binaries / "adit-devnode", "--host", "0.0.0.0", "--port",
                               config.NODE, "--difficulty", self._block_difficulty,
                               "--block-interval", OWN_BLOCKS_S, "--foreign-blocks",
                               FOREIGN_BLOCKS_S])
        self.cluster.wait_ready([self.cluster.start(node, "devnode-0")])
        self._add(TEMPLATE, TEMPLATES)
        self._add(VARDIFF, VARDIFFS)
        if add_workers:
            add_workers()
        else:
            self._add(WORKER, WORKERS)
        self._add(GATEWAY, GATEWAYS)
        self._add(ADMIN, 1)
        self.cluster.wait_ready(self.cluster.pods)
        self.cluster.wait_until(self.is_whole, "every gateway to know every channel-manager")

    def _add(self, name: str, count: int) -> None:
        for number in range(count):
            self.add(name, number)

    def add(self, name: str, number: int, prefix: list | None = None) -> Pod:
        return self.cluster.start(self.workloads[name], f"{name}-{number}", prefix)

    def is_whole(self) -> bool:
        workers = len(self.cluster.of(WORKER))
        return (self.cluster.is_settled and all(pod.is_ready for pod in self.cluster.pods)
                and all(gateway.metric(config.GATEWAY_HTTP, "adit_gateway_bus_workers") == workers
                        for gateway in self.cluster.of(GATEWAY)))

    def kill_all(self, name: str) -> None:
        """All pods of a workload, at once and for good."""
        for pod in self.cluster.of(name):
            pod.kill()

    def aditctl(self, *words) -> str:
        """As from the admin pod, which serves it on its loopback alone."""
        return self.cluster.of(ADMIN)[0].run([self._binaries / "aditctl", *words])

    def blocks(self) -> Counter:
        """Those that the miners found, by their state, when the node has answered for all."""
        deadline = time.monotonic() + BLOCKS_ANSWERED_WITHIN_S
        while True:
            rows = json.loads(self.aditctl("blocks", "list", "-o", "json"))
            states = Counter(row.get("state", "STATE_UNSPECIFIED") for row in rows)
            if not states["STATE_FOUND"] or time.monotonic() > deadline:
                return +states
            self.cluster.wait(0.5)

    def audit(self, journals: list[Path]) -> tuple[bool, str]:
        """Whether the auditor finds nothing, and what it said. The miners must have ended."""
        primary = self.cluster.pod(self.redis.primary() or NODES[0])
        done = subprocess.run(
            [self._binaries / "adit-auditor", "--redis", f"{primary.address}:{PORT}", "--journal",
             *journals], text=True, capture_output=True, check=False, timeout=600)
        said = done.stderr + done.stdout
        (self.folder / "auditor.log").write_text(said)  # the result is last
        return done.returncode == 0, said
