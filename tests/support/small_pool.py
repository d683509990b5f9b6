"""The smallest whole pool for tests and measurements: Redis, a template service with a chain of its
own, one channel-manager, one gateway.

    with SmallPool(binaries, folder) as pool:
        pool.url

Every share is wanted: targets are as easy as a pool gives them, and nothing changes them. `nodes`
are the template service's own tables, in place of the chain.
"""

import contextlib
import subprocess
from pathlib import Path

from processes import Process, Redis, Service, deployed_redis, free_port, wait_until

# As easy as a channel-manager gives it: about four hashes a share.
EASIEST_DIFFICULTY = 1e-9
# A block of ours is rare; those of others come so often.
CHAIN_DIFFICULTY = 64


class Replica(Process):
    """A Redis that follows another one, and has on disk what it has acknowledged."""

    def __init__(self, folder: Path, primary: int):
        folder.mkdir()
        self.port = free_port()
        super().__init__(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir",
                          str(folder), *deployed_redis(), "--replicaof", "127.0.0.1",
                          str(primary)], folder / "redis.log")
        self.start()


class SmallPool(contextlib.ExitStack):
    def __init__(self, binaries: Path, folder: Path, *, replicas: int = 0,
                 foreign_blocks: str = "5s", nodes: list[dict] | None = None,
                 gateway: dict | None = None, has_admin: bool = False,
                 easiest_difficulty: float = EASIEST_DIFFICULTY):
        super().__init__()
        self.binaries = binaries
        self.folder = folder
        self._gateway_table = gateway or {}
        self._easiest_difficulty = easiest_difficulty
        self._nodes = nodes or [{"name": "devchain", "kind": "devchain",
                                 "difficulty": CHAIN_DIFFICULTY, "block_interval": "1h",
                                 "foreign_blocks": foreign_blocks}]
        try:
            self._start(replicas)
            if has_admin:
                self._start_admin()
        except BaseException:
            self.close()
            raise

    def _start(self, replicas: int) -> None:
        self.redis = self.enter_context(Redis(self.folder))
        self.replicas = [self.enter_context(Replica(self.folder / f"replica-{i + 1}",
                                                    self.redis.port)) for i in range(replicas)]
        store = {"address": self.redis.address, "replicas": replicas}
        self.template = self._service("adit-template", {
            "network": "regtest", "redis": {"address": self.redis.address},
            "spool": {"directory": "spool"},
            "nodes": self._nodes})
        templates = {"replicas": [self.template.grpc]}
        bus = f"127.0.0.1:{free_port()}"
        self.worker = self._service("adit-channel-manager", {
            "network": "regtest", "redis": store, "templates": templates, "bus": {"gateways": [bus]},
            "payout": {"script": "0014" + "11" * 20},
            "shares": {"per_minute": 6000, "easiest_difficulty": self._easiest_difficulty}})
        self.address = f"127.0.0.1:{free_port()}"
        authority = self._make_keys()
        self.url = f"stratum2+tcp://{self.address}/{authority}"
        self.gateway = self._service("adit-gateway", {
            "listen": {"address": self.address}, "bus": {"listen": bus}, "redis": store,
            "templates": templates, "vardiff": {"replicas": []},
            "noise": {"key_file": "gateway.key", "certificate_file": "gateway.cert"},
            **self._gateway_table})
        self.wait_until_whole()

    def _start_admin(self) -> None:
        self.admin_api = f"127.0.0.1:{free_port()}"
        self.admin = self._service("adit-admin", {
            "redis": {"address": self.redis.address},
            "api": {"listen": self.admin_api, "insecure_loopback": True},
            "console": {"listen": f"127.0.0.1:{free_port()}"},
            "fleet": {"gateways": [self.gateway.grpc], "channel_managers": [self.worker.grpc],
                      "templates": [self.template.grpc], "vardiffs": []}})
        wait_until(self.admin.is_ready, "adit-admin to be ready")

    def _service(self, name: str, config: dict) -> Service:
        service = self.enter_context(Service(self.binaries / name, self.folder, {
            "service": {"name": name.removeprefix("adit-")}, **config}))
        service.start()
        return service

    def _make_keys(self) -> str:
        def keys(*words: str) -> str:
            return subprocess.run([str(self.binaries / "aditctl"), "keys", *words],
                                  cwd=self.folder, check=True, text=True,
                                  capture_output=True).stdout
        said = keys("authority", "--out", "authority.key")
        keys("gateway", "--out", "gateway.key")
        keys("sign", "--authority", "authority.key", "--gateway", "gateway.key", "--valid-for",
             "30d", "--out", "gateway.cert")
        return said.split()[-1]

    def wait_until_whole(self) -> None:
        for service in (self.template, self.worker, self.gateway):
            wait_until(service.is_ready, f"{service.command[0]} to be ready")
        wait_until(lambda: self.gateway.metric("adit_gateway_bus_workers") == 1,
                   "the gateway to know the channel-manager")

    def audit(self, *journals: Path) -> str:
        """What the auditor said; raises AssertionError when it found something."""
        done = subprocess.run([str(self.binaries / "adit-auditor"), "--redis", self.redis.address,
                               "--journal", *map(str, journals)], text=True, check=False,
                              capture_output=True, timeout=300)
        if done.returncode != 0:
            raise AssertionError(done.stdout[-3000:] + done.stderr[-1000:])
        return done.stdout
